package library

import (
	"net/url"

	"github.com/labstack/echo/v4"

	"purposeagent/agent"
	"purposeagent/agent/catalog"
	"purposeagent/handlers/ui"
	"purposeagent/views/libraryview"
	"purposeagent/views/partials"
)

// changeWords say what a change did.
var changeWords = map[agent.LibraryAction]string{
	agent.ActPin: "Pinned", agent.ActUnpin: "Unpinned", agent.ActPromote: "Made active", agent.ActTrial: "Put in trial",
	agent.ActRetire: "Retired", agent.ActArchive: "Archived", agent.ActBan: "Banned", agent.ActDelete: "Deleted", agent.ActStatus: "Set the status of",
	agent.ActTeach: "Taught", agent.ActEdit: "Edited", agent.ActRevert: "Restored old words of", agent.ActMerge: "Merged", agent.ActImport: "Imported",
	agent.ActSnapshot: "Restored the library of", agent.ActUndo: "Undid", agent.ActShelve: "Shelved",
	agent.ActSuspend: "Suspended what was learned in", agent.ActLift: "Lifted the suspension of",
}

// ChangeRow is a change of the library as lists show it; back is where its undo leads.
func (s *Section) ChangeRow(change catalog.LibraryChange, back string) libraryview.ChangeRow {
	row := libraryview.ChangeRow{Number: "#" + ui.Number(change.Revision), What: ui.FirstOf(changeWords[change.Action], string(change.Action)),
		Rules: partials.Plural(change.Rules, "rule"), Note: change.Note, Actor: change.Actor, At: partials.Ago(s.Now(), change.At), Back: back}
	if change.Rules == 0 {
		row.Rules = "" // it was about a learned set
	}
	switch {
	case change.UndoneBy > 0:
		row.Undone = "undone by #" + ui.Number(change.UndoneBy)
	default:
		row.Undo = s.Link("/library/changes/" + ui.Number(change.Revision) + "/undo")
	}
	if change.Undoes > 0 {
		row.Undone = "of #" + ui.Number(change.Undoes)
	}
	return row
}

// mergeSelected asks which of the selected rules stays.
func (s *Section) mergeSelected(c echo.Context, ids []string) error {
	q := url.Values{"ids": ids}
	return s.SeeOther(c, "/library/merge?"+q.Encode())
}
