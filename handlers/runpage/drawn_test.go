package runpage

import (
	"strings"
	"testing"

	"purposeagent/handlers/ui"
)

func TestDrawnPicturesAreBounded(t *testing.T) {
	var d drawnPictures
	large := strings.Repeat(" ", ui.MaxPicture)
	for i := range 4 * maxDrawn {
		d.put(pictureKey{"r", i}, large[:1+i%2*(ui.MaxPicture-1)])
	}
	if len(d.svgs) > maxDrawn || len(d.svgs) != len(d.order) || d.bytes > maxDrawnBytes {
		t.Errorf("%d pictures, %d bytes are kept", len(d.svgs), d.bytes)
	}
	if _, ok := d.get(pictureKey{"r", 4*maxDrawn - 1}); !ok {
		t.Error("the newest is not kept")
	}
}
