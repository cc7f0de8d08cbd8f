package runpage

// What the tests outside of the package look at.
const MaxPicture = maxPicture
const PicturePolicy = picturePolicy
const PicturesAtOnce = picturesAtOnce

var RawStep = rawStep
