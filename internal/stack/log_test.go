package stack_test

import (
	"bytes"
	"encoding/json"
	"testing"

	"one-click-protest/internal/stack"
)

func TestLog(t *testing.T) {
	var line bytes.Buffer
	stack.Log(&line).Warn("delivery not settled", "campaign", "protest-day-2007")
	var got map[string]string
	if err := json.Unmarshal(line.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	if got["timestamp"] == "" || got["level"] != "WARN" || got["message"] != "delivery not settled" || got["campaign"] != "protest-day-2007" {
		t.Errorf("line %s", line.String())
	}
}
