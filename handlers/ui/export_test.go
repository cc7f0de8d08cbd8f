package ui

// What the tests outside of the package look at.
var ParamField = paramField
