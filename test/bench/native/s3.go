package main

import (
	"encoding/base64"
	"encoding/xml"
	"errors"
	"fmt"
	"hash/crc64"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"
)

// The polynomial of CRC-64/NVME, reflected. https://docs.aws.amazon.com/AmazonS3/latest/userguide/checking-object-integrity.html
var nvme = crc64.MakeTable(0x9a6c9329ac4bc9b5)

// s3 serves the folders of FOLDER as buckets over TLS, as far as the bridge and rclone ask, and with what AWS adds to each
// object: a CRC64NVME on GET, checked checksums on PUT. `benchtools s3 ADDRESS FOLDER CERTIFICATE KEY`
func s3(args []string) error {
	if len(args) != 4 {
		return errors.New("usage: s3 ADDRESS FOLDER CERTIFICATE KEY")
	}
	store := &bucketStore{root: args[1], uploads: map[string]*upload{}, known: map[string]known{}}
	if err := os.MkdirAll(store.parts(), 0o755); err != nil {
		return err
	}
	if err := store.describeAll(); err != nil {
		return err
	}
	server := &http.Server{Addr: args[0], Handler: store}
	return server.ListenAndServeTLS(args[2], args[3])
}

// What is known of an object beside its bytes; it holds as long as size and time are these.
type known struct {
	size     int64
	time     time.Time
	crc      string
	metadata map[string]string
}

type bucketStore struct {
	root    string
	mutex   sync.Mutex
	uploads map[string]*upload
	known   map[string]known
	count   int
}

func (store *bucketStore) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	bucket, key, _ := strings.Cut(strings.TrimPrefix(r.URL.Path, "/"), "/")
	if err := store.serve(w, r, bucket, key); err != nil {
		status, code := http.StatusInternalServerError, "InternalError"
		switch {
		case errors.Is(err, fs.ErrNotExist):
			status, code = http.StatusNotFound, "NoSuchKey"
		case errors.Is(err, errChecksum):
			status, code = http.StatusBadRequest, "BadDigest"
		case errors.Is(err, errNoUpload):
			status, code = http.StatusNotFound, "NoSuchUpload"
		}
		w.Header().Set("Content-Type", "application/xml")
		w.WriteHeader(status)
		if r.Method != http.MethodHead {
			fmt.Fprintf(w, "<Error><Code>%s</Code><Message>%s</Message></Error>", code, escape(err.Error()))
		}
	}
}

func (store *bucketStore) serve(w http.ResponseWriter, r *http.Request, bucket, key string) error {
	query := r.URL.Query()
	switch {
	case key == "" && r.Method == http.MethodGet && query.Has("location"):
		return answer(w, `<LocationConstraint xmlns="http://s3.amazonaws.com/doc/2006-03-01/"></LocationConstraint>`)
	case key == "" && query.Has("uploads"):
		return store.listUploads(w, bucket, query)
	case key == "" && r.Method == http.MethodGet:
		return store.list(w, bucket, query)
	case key == "":
		return nil
	case r.Method == http.MethodPost && query.Has("uploads"):
		return store.create(w, r, bucket, key)
	case r.Method == http.MethodPut && query.Has("partNumber"):
		return store.putPart(w, r, query)
	case r.Method == http.MethodPost && query.Has("uploadId"):
		return store.complete(w, r, bucket, key, query.Get("uploadId"))
	case r.Method == http.MethodGet && query.Has("uploadId"):
		return store.listParts(w, query.Get("uploadId"))
	case r.Method == http.MethodDelete && query.Has("uploadId"):
		return store.abort(w, query.Get("uploadId"))
	case r.Method == http.MethodPut:
		return store.put(w, r, bucket, key)
	case r.Method == http.MethodDelete:
		_ = os.Remove(store.path(bucket, key))
		w.WriteHeader(http.StatusNoContent)
		return nil
	default:
		return store.get(w, r, bucket, key)
	}
}

func (store *bucketStore) path(bucket, key string) string {
	return filepath.Join(store.root, bucket, key)
}

// describeAll counts the CRCs of what lies there already: AWS has them since the PUT, and who asks first doesn't wait for them.
func (store *bucketStore) describeAll() error {
	return filepath.WalkDir(store.root, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		inside, err := filepath.Rel(store.root, path)
		if err != nil {
			return err
		}
		bucket, key, _ := strings.Cut(filepath.ToSlash(inside), "/")
		_, err = store.describe(bucket, key, true)
		return err
	})
}

// describe counts an object's CRC when it is first asked for, and keeps it.
func (store *bucketStore) describe(bucket, key string, withCrc bool) (known, error) {
	path := store.path(bucket, key)
	info, err := os.Stat(path)
	if err != nil {
		return known{}, err
	}
	if info.IsDir() {
		return known{}, fs.ErrNotExist
	}
	store.mutex.Lock()
	found := store.known[path]
	store.mutex.Unlock()
	if found.size != info.Size() || !found.time.Equal(info.ModTime()) {
		found = known{size: info.Size(), time: info.ModTime()}
	}
	if withCrc && found.crc == "" {
		file, err := os.Open(path)
		if err != nil {
			return known{}, err
		}
		defer file.Close()
		sum := crc64.New(nvme)
		if _, err := io.Copy(sum, file); err != nil {
			return known{}, err
		}
		found.crc = base64.StdEncoding.EncodeToString(sum.Sum(nil))
	}
	store.remember(path, found)
	return found, nil
}

func (store *bucketStore) remember(path string, what known) {
	store.mutex.Lock()
	store.known[path] = what
	store.mutex.Unlock()
}

func etagOf(what known) string { return fmt.Sprintf("\"%x-%x\"", what.size, what.time.UnixNano()) }

func (store *bucketStore) get(w http.ResponseWriter, r *http.Request, bucket, key string) error {
	whole := r.Header.Get("Range") == ""
	wants := strings.EqualFold(r.Header.Get("X-Amz-Checksum-Mode"), "ENABLED") && whole
	what, err := store.describe(bucket, key, wants)
	if err != nil {
		return err
	}
	header := w.Header()
	header.Set("ETag", etagOf(what))
	header.Set("Content-Type", "application/octet-stream")
	for name, value := range what.metadata {
		header.Set(name, value)
	}
	if wants {
		header.Set("X-Amz-Checksum-Crc64nvme", what.crc)
		header.Set("X-Amz-Checksum-Type", "FULL_OBJECT")
	}
	file, err := os.Open(store.path(bucket, key))
	if err != nil {
		return err
	}
	defer file.Close()
	http.ServeContent(w, r, "", what.time, file)
	return nil
}

func (store *bucketStore) put(w http.ResponseWriter, r *http.Request, bucket, key string) error {
	path := store.path(bucket, key)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	if source := r.Header.Get("X-Amz-Copy-Source"); source != "" {
		return store.copy(w, r, path, source)
	}
	if _, _, err := receive(r, path, ownFile); err != nil {
		return err
	}
	return store.finish(w, path, metadataOf(r))
}

func (store *bucketStore) copy(w http.ResponseWriter, r *http.Request, path, source string) error {
	from, err := url.PathUnescape(strings.TrimPrefix(source, "/"))
	if err != nil {
		return err
	}
	content, err := os.ReadFile(filepath.Join(store.root, from))
	if err != nil {
		return err
	}
	if err := os.WriteFile(path, content, 0o644); err != nil {
		return err
	}
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	what := known{size: info.Size(), time: info.ModTime(), metadata: metadataOf(r)}
	store.remember(path, what)
	return answer(w, "<CopyObjectResult><ETag>"+escape(etagOf(what))+"</ETag></CopyObjectResult>")
}

func (store *bucketStore) finish(w http.ResponseWriter, path string, metadata map[string]string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	what := known{size: info.Size(), time: info.ModTime(), metadata: metadata}
	store.remember(path, what)
	w.Header().Set("ETag", etagOf(what))
	return nil
}

func metadataOf(r *http.Request) map[string]string {
	found := map[string]string{}
	for name := range r.Header {
		if strings.HasPrefix(name, "X-Amz-Meta-") {
			found[name] = r.Header.Get(name)
		}
	}
	return found
}

func answer(w http.ResponseWriter, text string) error {
	w.Header().Set("Content-Type", "application/xml")
	_, err := io.WriteString(w, `<?xml version="1.0" encoding="UTF-8"?>`+text)
	return err
}

func escape(text string) string {
	out := strings.Builder{}
	_ = xml.EscapeText(&out, []byte(text))
	return out.String()
}
