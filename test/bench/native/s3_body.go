package main

import (
	"bufio"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"io"
	"net/http"
	"os"
	"strconv"
	"strings"
)

var errChecksum = errors.New("the body has another checksum than was told")

const crcHeader = "X-Amz-Checksum-Crc64nvme"

// ownFile stands for the offset of a body that is all of its file.
const ownFile = -1

// receive writes a body to a file, or to its place in one, and holds it against the checksum that came with it, before it or
// behind it. It returns the size, and the CRC64NVME where that was the checksum.
func receive(r *http.Request, path string, offset int64) (int64, string, error) {
	var body io.Reader = r.Body
	trailer := http.Header{}
	if strings.Contains(r.Header.Get("Content-Encoding"), "aws-chunked") ||
		strings.HasPrefix(r.Header.Get("X-Amz-Content-Sha256"), "STREAMING-") {
		body = &chunked{in: bufio.NewReaderSize(r.Body, 256<<10), trailer: trailer}
	}
	sums := map[string]hash.Hash{}
	announced := r.Header.Get("X-Amz-Trailer")
	for name, make := range map[string]func() hash.Hash{
		"X-Amz-Checksum-Sha256": sha256.New,
		crcHeader:               func() hash.Hash { return crc64.New(nvme) },
		"X-Amz-Checksum-Crc32":  func() hash.Hash { return crc32.NewIEEE() },
		"X-Amz-Checksum-Crc32c": func() hash.Hash { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) },
	} {
		if r.Header.Get(name) != "" || strings.EqualFold(announced, name) {
			sums[name] = make()
		}
	}
	flags := os.O_WRONLY | os.O_CREATE
	if offset == ownFile {
		flags |= os.O_TRUNC
	}
	file, err := os.OpenFile(path, flags, 0o644)
	if err != nil {
		return 0, "", err
	}
	defer file.Close()
	if _, err := file.Seek(max(offset, 0), io.SeekStart); err != nil {
		return 0, "", err
	}
	writers := []io.Writer{file}
	for _, sum := range sums {
		writers = append(writers, sum)
	}
	size, err := io.CopyBuffer(io.MultiWriter(writers...), struct{ io.Reader }{body}, make([]byte, 256<<10))
	if err != nil {
		return 0, "", err
	}
	crc := ""
	for name, sum := range sums {
		told := r.Header.Get(name)
		if told == "" {
			told = trailer.Get(name)
		}
		if told != base64.StdEncoding.EncodeToString(sum.Sum(nil)) {
			if offset == ownFile {
				os.Remove(path)
			}
			return 0, "", fmt.Errorf("%w: %s", errChecksum, name)
		}
		if name == crcHeader {
			crc = told
		}
	}
	return size, crc, nil
}

// chunked takes the framing of aws-chunked off. Signatures of chunks are not looked at.
// https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-streaming-trailers.html
type chunked struct {
	in      *bufio.Reader
	left    int64
	started bool
	done    bool
	trailer http.Header
}

func (c *chunked) Read(into []byte) (int, error) {
	if c.done {
		return 0, io.EOF
	}
	if c.left == 0 {
		if c.started {
			if _, err := c.in.ReadString('\n'); err != nil {
				return 0, err
			}
		}
		c.started = true
		line, err := c.in.ReadString('\n')
		if err != nil {
			return 0, err
		}
		size, _, _ := strings.Cut(strings.TrimSpace(line), ";")
		if c.left, err = strconv.ParseInt(size, 16, 64); err != nil {
			return 0, err
		}
		if c.left == 0 {
			c.done = true
			return 0, c.readTrailer()
		}
	}
	count, err := c.in.Read(into[:min(int64(len(into)), c.left)])
	c.left -= int64(count)
	return count, err
}

func (c *chunked) readTrailer() error {
	for {
		line, err := c.in.ReadString('\n')
		if name, value, ok := strings.Cut(strings.TrimSpace(line), ":"); ok {
			c.trailer.Set(name, strings.TrimSpace(value))
		}
		if err != nil {
			return io.EOF
		}
	}
}
