package runpage

import "purposeagent/handlers/ui"

// What the tests outside of the package look at.
const MaxPicture = ui.MaxPicture
const PicturePolicy = ui.PicturePolicy
const PicturesAtOnce = picturesAtOnce

var RawStep = rawStep
