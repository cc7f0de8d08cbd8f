package pages

import "github.com/a-h/templ"

// ListMenus are a list's menus of columns and of saved views.
type ListMenus struct {
	List    string // runs, library or replay
	Query   string // the list as it is, to be saved
	Columns []ColumnChoice
	Views   []ViewRow
	Save    templ.SafeURL // "" where views are not kept
}

// ColumnChoice shows or hides a column.
type ColumnChoice struct {
	Text  string
	Href  templ.SafeURL
	Shown bool
}

// ViewRow is a saved view.
type ViewRow struct {
	Name    string
	Href    templ.SafeURL
	Delete  templ.SafeURL
	Current bool
}
