package export

// What the tests outside of the package look at.
var ExportFormats = exportFormats
