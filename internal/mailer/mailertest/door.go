package mailertest

import (
	"net"
	"sync"
)

// door is a listener that can slam.
type door struct {
	net.Listener
	mu    sync.Mutex
	slam  int
	count int // of connections that got through
}

func (d *door) passed() int {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.count
}

func (d *door) shut(n int) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.slam = n
}

// Accept implements [net.Listener].
func (d *door) Accept() (net.Conn, error) {
	c, err := d.Listener.Accept()
	d.mu.Lock()
	defer d.mu.Unlock()
	switch {
	case err == nil && d.slam > 0:
		d.slam--
		_ = c.Close()
	case err == nil:
		d.count++
	}
	return c, err
}
