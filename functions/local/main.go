// Command local is everything on one machine, and the organizers' desk. It is never deployed.
package main

import (
	"context"
	"os"
	"os/signal"
	"syscall"
	"time"

	"one-click-protest/infra"
	"one-click-protest/internal/desk"
)

func main() {
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	env := desk.Env{Stdin: os.Stdin, Stdout: os.Stdout, Stderr: os.Stderr, Files: infra.Files, Now: time.Now}
	status := desk.Main(ctx, env, os.Args[1:])
	stop()
	os.Exit(status)
}
