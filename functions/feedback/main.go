// Command feedback is the function that takes what SES tells of the mail it took, and settles the deliveries.
package main

import (
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"one-click-protest/internal/stack"
	"one-click-protest/internal/stack/feedback"
)

func main() {
	log := stack.Log(os.Stderr)
	config, err := stack.FromEnv(os.Getenv, stack.Feedback)
	if err != nil {
		log.Error("not started", "error", err)
		os.Exit(1)
	}
	lambda.Start(feedback.Handler(config, log, os.Stdout))
}
