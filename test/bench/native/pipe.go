package main

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"time"
)

// pipe moves bytes over one bare TCP connection: what the link itself carries. `benchtools pipe serve ADDRESS`, and on the
// other side `benchtools pipe up|down ADDRESS BYTES`, which prints the seconds until the last byte was received.
func pipe(args []string) error {
	switch {
	case len(args) == 2 && args[0] == "serve":
		return servePipe(args[1])
	case len(args) == 3 && (args[0] == "up" || args[0] == "down"):
		return runPipe(args[0], args[1], args[2])
	}
	return errors.New("usage: pipe serve ADDRESS | pipe up|down ADDRESS BYTES")
}

func servePipe(address string) error {
	listener, err := net.Listen("tcp", address)
	if err != nil {
		return err
	}
	fmt.Println("ready")
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		go func() {
			defer connection.Close()
			var head [9]byte
			if _, err := io.ReadFull(connection, head[:]); err != nil {
				return
			}
			count := int64(binary.BigEndian.Uint64(head[1:]))
			if head[0] == 'u' {
				_, _ = io.CopyN(io.Discard, connection, count)
				_, _ = connection.Write([]byte{0})
				return
			}
			send(connection, count)
		}()
	}
}

func runPipe(direction, address, bytes string) error {
	count, err := strconv.ParseInt(bytes, 10, 64)
	if err != nil {
		return err
	}
	started := time.Now()
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	defer connection.Close()
	head := make([]byte, 9)
	head[0] = direction[0]
	binary.BigEndian.PutUint64(head[1:], uint64(count))
	if _, err := connection.Write(head); err != nil {
		return err
	}
	wanted := count
	if direction == "up" {
		send(connection, count)
		wanted = 1
	}
	if _, err := io.CopyN(io.Discard, connection, wanted); err != nil {
		return err
	}
	_, err = fmt.Fprintf(os.Stdout, "%.4f\n", time.Since(started).Seconds())
	return err
}

func send(connection net.Conn, count int64) {
	block := make([]byte, 256*1024)
	for count > 0 {
		next := min(count, int64(len(block)))
		if _, err := connection.Write(block[:next]); err != nil {
			return
		}
		count -= next
	}
}
