// Command web is the function behind the HTTP API: the form, the actions API and the confirmation.
package main

import (
	"context"
	"os"

	"github.com/aws/aws-lambda-go/lambda"

	"one-click-protest/internal/lambdahttp"
	"one-click-protest/internal/stack"
	"one-click-protest/internal/stack/web"
)

func main() {
	log := stack.Log(os.Stderr)
	config, err := stack.FromEnv(os.Getenv, stack.Web)
	if err != nil {
		log.Error("not started", "error", err)
		os.Exit(1)
	}
	handler, err := web.Handler(context.Background(), config, log, os.Stdout)
	if err != nil {
		log.Error("not started", "error", err)
		os.Exit(1)
	}
	lambda.Start(lambdahttp.Handler(handler, log))
}
