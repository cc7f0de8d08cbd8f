package agent

// LibraryAction names what a person did to a library.
type LibraryAction string

// The actions. Those up to ActDelete can be asked for many rules at once.
const (
	ActPin      LibraryAction = "pin"
	ActUnpin    LibraryAction = "unpin"
	ActPromote  LibraryAction = "promote" // to active
	ActTrial    LibraryAction = "trial"   // to probation, where the hold-out decides
	ActRetire   LibraryAction = "retire"
	ActArchive  LibraryAction = "archive"
	ActBan      LibraryAction = "ban"
	ActDelete   LibraryAction = "delete"
	ActStatus   LibraryAction = "status" // any other status, set by hand
	ActTeach    LibraryAction = "teach"
	ActEdit     LibraryAction = "edit"
	ActRevert   LibraryAction = "revert" // an old version's words, as a new version
	ActMerge    LibraryAction = "merge"
	ActImport   LibraryAction = "import"
	ActSnapshot LibraryAction = "snapshot" // the library as it was at a moment
	ActUndo     LibraryAction = "undo"
	ActShelve   LibraryAction = "shelve"  // what learning does when the laws of a world seem to have changed
	ActSuspend  LibraryAction = "suspend" // the learned set of a scope
	ActLift     LibraryAction = "lift"    // a suspension
)

// BulkActions are the actions that can be asked for many rules at once.
var BulkActions = []LibraryAction{ActPin, ActUnpin, ActPromote, ActTrial, ActRetire, ActArchive, ActBan, ActDelete}

// Status returns the status that an action gives, "" if it gives none.
func (a LibraryAction) Status() Status {
	switch a {
	case ActPromote:
		return Active
	case ActTrial:
		return Probation
	case ActRetire:
		return Retired
	case ActArchive:
		return Archived
	case ActBan:
		return Banned
	case ActPin, ActUnpin, ActDelete, ActStatus, ActTeach, ActEdit, ActRevert, ActMerge, ActImport, ActSnapshot, ActUndo, ActShelve, ActSuspend, ActLift:
	}
	return ""
}
