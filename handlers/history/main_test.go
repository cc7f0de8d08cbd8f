package history_test

import (
	"testing"

	"purposeagent/handlers/pagetest"
)

func TestMain(m *testing.M) { pagetest.Main(m) }
