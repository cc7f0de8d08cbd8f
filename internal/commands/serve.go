package commands

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"os"
	"slices"
	"sync"
	"syscall"
	"time"

	"github.com/urfave/cli/v3"

	"purposeagent/agent"
	"purposeagent/handlers"
	"purposeagent/handlers/origin"
	"purposeagent/handlers/ui"
	"purposeagent/internal/app"
	"purposeagent/internal/site"
)

func (p *program) serveCommand() *cli.Command {
	return &cli.Command{
		Name: "serve", Usage: "serve the dashboard and work the runs (default)",
		Flags: slices.Concat(p.storageFlags(), p.allowFlags(), []cli.Flag{
			&cli.StringFlag{Name: "addr", Usage: "address to listen on", Value: "127.0.0.1:8080", Sources: p.env("PURPOSE_ADDR")},
			&cli.StringFlag{Name: "base-path", Usage: "path prefix behind a proxy, such as /purpose", Sources: p.env("PURPOSE_BASE_PATH")},
			&cli.StringSliceFlag{Name: "host", Usage: "address of a proxy in front, such as purpose.example or https://purpose.example:8443", Sources: p.env("PURPOSE_HOST")},
			&cli.BoolFlag{Name: "web-only", Usage: "work no runs and experiments: purpose worker processes on the same PostgreSQL database do", Sources: p.env("PURPOSE_WEB_ONLY")},
		}),
		Action: p.serve,
	}
}

// allowFlags say what environments may do on this machine.
func (p *program) allowFlags() []cli.Flag {
	return []cli.Flag{
		&cli.BoolFlag{Name: "allow-programs", Aliases: []string{"allow-remote-commands"}, Usage: "let whoever reaches the page start programs on this machine, as some environments do", Sources: p.env("PURPOSE_ALLOW_PROGRAMS", "PURPOSE_ALLOW_REMOTE_COMMANDS")},
		&cli.BoolFlag{Name: "allow-private-hosts", Usage: "let browsers of the environment web go to addresses of this machine and of private networks that a task's configuration names, and remote ask servers in private networks", Sources: p.env("PURPOSE_ALLOW_PRIVATE_HOSTS")},
	}
}

// serve listens first, so that a taken port is said before anything else
// happens, and serves until ctx ends. Then sockets close with 1012, running
// runs are suspended, and the database is closed.
func (p *program) serve(ctx context.Context, c *cli.Command) error {
	if err := noArguments(c); err != nil {
		return err
	}
	o, err := p.options(c)
	if err != nil {
		return err
	}
	o.Programs, o.PrivateHosts, o.WebOnly = c.Bool("allow-programs"), c.Bool("allow-private-hosts"), c.Bool("web-only")
	if o.WebOnly && o.DatabaseURL == "" {
		return agent.InvalidFields(map[string]string{"web-only": "needs --database-url: a file is worked by the one process that serves it"})
	}
	origins, err := origin.Parse(c.StringSlice("host"))
	if err != nil {
		return err
	}
	base := c.String("base-path")
	listener, err := listen(ctx, c.String("addr"))
	if err != nil {
		return err
	}
	a, err := app.Open(ctx, o)
	if err != nil {
		return errors.Join(err, listener.Close())
	}
	pages, err := site.New(a, ui.Site{BasePath: base, Version: p.version, Origins: origins, Logger: o.Logger})
	if err != nil {
		return errors.Join(err, listener.Close(), a.Close(ctx))
	}
	if err := a.Work(ctx); err != nil {
		return errors.Join(err, listener.Close(), a.Close(ctx))
	}
	_, _ = fmt.Fprintf(p.stdout, "Purpose %s is at http://%s%s/ (data in %s)\n", p.version, listener.Addr(), base, o.Place())
	server := &http.Server{
		Handler:           handlers.KnownHosts(pages, origins), // which bounds how slow bodies and readers may be
		ReadHeaderTimeout: 10 * time.Second, IdleTimeout: 2 * time.Minute, MaxHeaderBytes: 64 << 10,
		// Requests outlive ctx by what Shutdown grants them; streams end with it.
		BaseContext: func(net.Listener) context.Context { return ctx },
	}
	tending, stopTending := context.WithCancel(ctx)
	defer stopTending()
	a.Tend(tending)
	served := make(chan error, 1)
	go func() { served <- server.Serve(listener) }()
	select {
	case err = <-served:
	case <-ctx.Done():
	}
	stopTending()
	return errors.Join(notClosed(err), p.shutdown(server, pages, a, o.Logger))
}

// workerCommand works runs and experiments beside other processes on one database.
func (p *program) workerCommand() *cli.Command {
	return &cli.Command{
		Name: "worker", Usage: "work runs and experiments of a PostgreSQL database, beside other workers and servers",
		Flags: append(p.storageFlags(), p.allowFlags()...),
		Action: func(ctx context.Context, c *cli.Command) error {
			if err := noArguments(c); err != nil {
				return err
			}
			o, err := p.options(c)
			if err != nil {
				return err
			}
			if o.DatabaseURL == "" {
				return agent.InvalidFields(map[string]string{"database-url": "is needed: runs in a file are worked by the process that serves it"})
			}
			o.Programs, o.PrivateHosts = c.Bool("allow-programs"), c.Bool("allow-private-hosts")
			return opened(ctx, o, func(a *app.App) error {
				if err := a.Work(ctx); err != nil {
					return err
				}
				_, _ = fmt.Fprintf(p.stdout, "Purpose %s works on %s\n", p.version, o.Place())
				a.Tend(ctx)
				<-ctx.Done()
				return nil
			})
		},
	}
}

// What a stop takes: at most requestGrace for open requests, of which streams
// end at once, and as long as runs need to come to a good end, at most runGrace.
const (
	requestGrace = 2 * time.Second
	runGrace     = 10 * time.Second
)

func (p *program) shutdown(server *http.Server, pages *handlers.Server, a *app.App, logger *slog.Logger) error {
	logger.Info("shutting down; running runs go on at the next start")
	var streams sync.WaitGroup
	streams.Go(pages.Close)
	ctx, cancel := context.WithTimeout(context.Background(), requestGrace)
	err := server.Shutdown(ctx)
	cancel()
	if errors.Is(err, context.DeadlineExceeded) {
		logger.Warn("requests that had not ended were cut off")
		err = server.Close()
	}
	streams.Wait()
	ctx, cancel = context.WithTimeout(context.Background(), runGrace)
	defer cancel()
	return errors.Join(err, a.Close(ctx))
}

func notClosed(err error) error {
	if errors.Is(err, http.ErrServerClosed) {
		return nil
	}
	return err
}

// listen opens the address. Only loopback addresses are served: there are no
// accounts yet, so whoever reaches the page may do everything.
func listen(ctx context.Context, addr string) (net.Listener, error) {
	host, _, err := net.SplitHostPort(addr)
	if err != nil {
		return nil, agent.InvalidFields(map[string]string{"addr": fmt.Sprintf("must look like 127.0.0.1:8080, got %q", addr)})
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, agent.InvalidFields(map[string]string{"addr": fmt.Sprintf("%q is not a loopback address; without accounts Purpose serves this machine only. Use 127.0.0.1 and put a proxy with authentication in front", host)})
	}
	listener, err := (&net.ListenConfig{}).Listen(ctx, "tcp", addr)
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, &exit{ExitFailed, agent.Wrap(agent.CodeConflict, err, "%s is taken by another program; choose another address with --addr", addr)}
	case errors.Is(err, os.ErrPermission):
		return nil, &exit{ExitFailed, agent.Wrap(agent.CodeDenied, err, "not allowed to listen on %s; choose a port above 1023 with --addr", addr)}
	}
	return listener, err
}
