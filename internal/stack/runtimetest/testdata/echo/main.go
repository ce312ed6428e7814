// Command echo is a function whose only purpose is to test the harness with.
package main

import (
	"io"
	"log/slog"
	"net/http"
	"os"
	"time"

	"github.com/aws/aws-lambda-go/lambda"

	"one-click-protest/internal/lambdahttp"
)

func main() {
	log := slog.New(slog.NewJSONHandler(os.Stderr, nil))
	if os.Getenv("ECHO_INIT") == "fail" {
		log.Error("init failed on purpose")
		os.Exit(1)
	}
	lambda.Start(lambdahttp.Handler(http.HandlerFunc(echo), log))
}

func echo(w http.ResponseWriter, r *http.Request) {
	if r.URL.Path == "/exit" {
		os.Exit(1)
	}
	deadline, _ := r.Context().Deadline()
	w.Header().Set("X-Deadline", deadline.UTC().Format(time.RFC3339Nano))
	w.Header().Set("X-Home", os.Getenv("HOME"))
	w.WriteHeader(http.StatusAccepted)
	_, _ = io.Copy(w, r.Body)
}
