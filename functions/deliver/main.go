// Command deliver is the function that runs every minute and sends what is due in the outbox.
package main

import (
	"context"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"one-click-protest/internal/stack"
	"one-click-protest/internal/stack/deliver"
)

func main() {
	log := stack.Log(os.Stderr)
	config, err := stack.FromEnv(os.Getenv, stack.Deliver)
	if err != nil {
		log.Error("not started", "error", err)
		os.Exit(1)
	}
	handler, err := deliver.Handler(context.Background(), config, log, os.Stdout)
	if err != nil {
		log.Error("not started", "error", err)
		os.Exit(1)
	}
	lambda.Start(handler)
}
