package stack

import (
	"io"
	"log/slog"
)

// Log answers a logger of JSON lines with the keys that Lambda's own JSON log format has ("Working with JSON structured
// logs" in the Lambda developer guide), so that level filters and searches see both alike.
func Log(w io.Writer) *slog.Logger {
	keys := map[string]string{slog.TimeKey: "timestamp", slog.MessageKey: "message"}
	rename := func(groups []string, a slog.Attr) slog.Attr {
		if key, ok := keys[a.Key]; ok && len(groups) == 0 {
			a.Key = key
		}
		return a
	}
	return slog.New(slog.NewJSONHandler(w, &slog.HandlerOptions{ReplaceAttr: rename}))
}
