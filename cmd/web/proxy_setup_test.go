package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// documented returns the configuration of docs/proxy.md with a label such as
// "nginx short": what people copy is what is tried.
func documented(t *testing.T, label string) string {
	t.Helper()
	raw, err := os.ReadFile("../../docs/proxy.md")
	if err != nil {
		t.Fatal(err)
	}
	_, rest, found := strings.Cut(string(raw), "```"+label+"\n")
	text, _, closed := strings.Cut(rest, "```")
	if !found || !closed {
		t.Fatalf("docs/proxy.md has no configuration %q", label)
	}
	return text
}

// freePort is a port that nobody listens on.
func freePort(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	_, port, err := net.SplitHostPort(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	return port
}

// programPath finds a program that the tests need, also where only root looks.
func programPath(t *testing.T, name string) string {
	t.Helper()
	for _, candidate := range []string{name, "/usr/sbin/" + name, "/usr/local/sbin/" + name} {
		if path, err := exec.LookPath(candidate); err == nil {
			return path
		}
	}
	t.Fatalf("this test needs %s; scripts/setup-tests.sh installs it", name)
	return ""
}

// proxy is a real proxy, in a process of its own, with a configuration of
// docs/proxy.md that leads to a server of ours.
type proxy struct {
	t    *testing.T
	addr string
}

func (p proxy) url(path string) string { return "http://" + p.addr + path }

// behind starts a proxy in front of a server. change may change the documented
// configuration.
func behind(t *testing.T, s *server, label string, change func(string) string) proxy {
	t.Helper()
	dir, port := t.TempDir(), freePort(t)
	config := documented(t, label)
	if change != nil {
		config = change(config)
	}
	config = strings.NewReplacer("127.0.0.1:8080", s.addr, "listen 80;", "listen 127.0.0.1:"+port+" default_server;", "*:80", "*:"+port,
		"\npurpose.example {", "\nhttp://:"+port+" {\n\tbind 127.0.0.1").Replace("\n" + config)
	kind, _, _ := strings.Cut(label, " ")
	var cmd *exec.Cmd
	switch kind {
	case "nginx":
		cmd = nginx(t, dir, config)
	case "caddy":
		cmd = caddy(t, dir, config)
	case "apache":
		cmd = apache(t, dir, port, config)
	default:
		t.Fatalf("no such proxy: %s", kind)
	}
	log := &lockedBuffer{}
	cmd.Stdout, cmd.Stderr = log, log
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	done := make(chan struct{})
	go func() { defer close(done); _ = cmd.Wait() }()
	t.Cleanup(func() {
		_ = cmd.Process.Signal(syscall.SIGTERM)
		select {
		case <-done:
		case <-time.After(10 * time.Second):
			_ = cmd.Process.Kill()
			<-done
		}
		if t.Failed() {
			t.Logf("%s:\n%s", label, log)
		}
	})
	p := proxy{t, "127.0.0.1:" + port}
	for {
		conn, err := (&net.Dialer{}).DialContext(t.Context(), "tcp", p.addr)
		if err == nil {
			_ = conn.Close()
			return p
		}
		select {
		case <-done:
			t.Fatalf("%s ended:\n%s", label, log)
		case <-time.After(20 * time.Millisecond):
		}
	}
}

func write(t *testing.T, path, text string) {
	t.Helper()
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
}

func nginx(t *testing.T, dir, servers string) *exec.Cmd {
	t.Helper()
	user := ""
	if os.Getuid() == 0 {
		user = "user root;"
	}
	paths := ""
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		paths += fmt.Sprintf("%s_temp_path %s;\n", kind, filepath.Join(dir, kind))
	}
	path := filepath.Join(dir, "nginx.conf")
	write(t, path, fmt.Sprintf("%s worker_processes 1; daemon off; pid %s; error_log stderr;\nevents {}\nhttp {\naccess_log off;\n%s%s}\n", user, filepath.Join(dir, "pid"), paths, servers))
	return exec.CommandContext(context.Background(), programPath(t, "nginx"), "-p", dir, "-e", "stderr", "-c", path)
}

func caddy(t *testing.T, dir, sites string) *exec.Cmd {
	t.Helper()
	path := filepath.Join(dir, "Caddyfile")
	write(t, path, "{\n\tadmin off\n\tauto_https off\n}\n"+sites)
	cmd := exec.CommandContext(context.Background(), programPath(t, "caddy"), "run", "--adapter", "caddyfile", "--config", path)
	cmd.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	return cmd
}

func apache(t *testing.T, dir, port, hosts string) *exec.Cmd {
	t.Helper()
	modules := ""
	for _, name := range []string{"mpm_event", "authz_core", "proxy", "proxy_http", "proxy_wstunnel"} {
		modules += fmt.Sprintf("LoadModule %s_module /usr/lib/apache2/modules/mod_%s.so\n", name, name)
	}
	path := filepath.Join(dir, "apache.conf")
	write(t, path, fmt.Sprintf("ServerRoot %s\nServerName localhost\nPidFile %s\nMutex file:%s\nDefaultRuntimeDir %s\nErrorLog /dev/stderr\nListen 127.0.0.1:%s\n%s%s",
		dir, filepath.Join(dir, "pid"), dir, dir, port, modules, hosts))
	return exec.CommandContext(context.Background(), programPath(t, "apache2"), "-X", "-f", path)
}

// collecting makes an nginx of the shortest kind keep answers back until they
// are whole, as proxies do that look into them.
func collecting(config string) string {
	return strings.Replace(config, "proxy_pass", "proxy_buffering on; proxy_ignore_headers X-Accel-Buffering; proxy_buffer_size 16m; proxy_buffers 2 16m; proxy_busy_buffers_size 16m; proxy_pass", 1)
}
