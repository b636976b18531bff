package main

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"sort"
	"strconv"
	"strings"
	"time"
)

var errNoUpload = errors.New("no such upload")

type part struct {
	size int64
	crc  string
	// It lies where it belongs, in one file with the others.
	inPlace bool
}

type upload struct {
	bucket, key string
	metadata    map[string]string
	begun       time.Time
	parts       map[int]part
	// The first part's size; 0 before it comes.
	partSize int64
}

func (store *bucketStore) parts() string { return store.root + "-parts" }

func (store *bucketStore) part(id string, number int) string {
	return filepath.Join(store.parts(), fmt.Sprintf("%s-%d", id, number))
}

func (store *bucketStore) create(w http.ResponseWriter, r *http.Request, bucket, key string) error {
	store.mutex.Lock()
	store.count++
	id := fmt.Sprintf("upload%d", store.count)
	store.uploads[id] = &upload{bucket, key, metadataOf(r), time.Now(), map[int]part{}, 0}
	store.mutex.Unlock()
	return answer(w, "<InitiateMultipartUploadResult><Bucket>"+escape(bucket)+"</Bucket><Key>"+escape(key)+
		"</Key><UploadId>"+id+"</UploadId></InitiateMultipartUploadResult>")
}

func (store *bucketStore) find(id string) (*upload, error) {
	store.mutex.Lock()
	defer store.mutex.Unlock()
	if found := store.uploads[id]; found != nil {
		return found, nil
	}
	return nil, errNoUpload
}

func (store *bucketStore) putPart(w http.ResponseWriter, r *http.Request, query url.Values) error {
	found, err := store.find(query.Get("uploadId"))
	if err != nil {
		return err
	}
	number, err := strconv.Atoi(query.Get("partNumber"))
	if err != nil {
		return err
	}
	name, offset := store.place(query.Get("uploadId"), found, number, r)
	size, crc, err := receive(r, name, offset)
	if err != nil {
		return err
	}
	store.mutex.Lock()
	found.parts[number] = part{size, crc, offset != ownFile}
	store.mutex.Unlock()
	w.Header().Set("ETag", fmt.Sprintf("\"part-%d\"", number))
	return nil
}

// place tells where a part goes: parts of the first one's size lie behind each other in one file, so that completing an upload
// copies hardly anything, as on AWS. The last one, and what comes before the first, have a file of their own until then.
func (store *bucketStore) place(id string, of *upload, number int, r *http.Request) (string, int64) {
	size, err := strconv.ParseInt(r.Header.Get("X-Amz-Decoded-Content-Length"), 10, 64)
	if err != nil {
		size = r.ContentLength
	}
	store.mutex.Lock()
	defer store.mutex.Unlock()
	if number == 1 {
		of.partSize = size
	}
	if size <= 0 || size != of.partSize {
		return store.part(id, number), ownFile
	}
	return store.part(id, 0), int64(number-1) * size
}

func (store *bucketStore) complete(w http.ResponseWriter, r *http.Request, bucket, key, id string) error {
	found, err := store.find(id)
	if err != nil {
		return err
	}
	var asked struct {
		Part []struct {
			PartNumber int
		}
	}
	if err := xml.NewDecoder(r.Body).Decode(&asked); err != nil {
		return err
	}
	if told := r.Header.Get(crcHeader); told != "" {
		whole := uint64(0)
		for _, one := range asked.Part {
			if whole, err = found.append(whole, one.PartNumber); err != nil {
				return err
			}
		}
		if told != encodeCrc(whole) {
			return fmt.Errorf("%w: %s of the whole object", errChecksum, crcHeader)
		}
	}
	path := store.path(bucket, key)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	numbers := []int{}
	for _, one := range asked.Part {
		numbers = append(numbers, one.PartNumber)
	}
	if err := store.join(id, found, numbers); err != nil {
		return err
	}
	if err := os.Rename(store.part(id, 0), path); err != nil {
		return err
	}
	store.mutex.Lock()
	delete(store.uploads, id)
	store.mutex.Unlock()
	if err := store.finish(w, path, found.metadata); err != nil {
		return err
	}
	return answer(w, "<CompleteMultipartUploadResult><Bucket>"+escape(bucket)+"</Bucket><Key>"+escape(key)+
		"</Key><ETag>"+escape(w.Header().Get("ETag"))+"</ETag></CompleteMultipartUploadResult>")
}

// join puts the parts that aren't in their place behind those that are.
func (store *bucketStore) join(id string, of *upload, numbers []int) error {
	into, err := os.OpenFile(store.part(id, 0), os.O_WRONLY|os.O_CREATE, 0o644)
	if err != nil {
		return err
	}
	defer into.Close()
	end := int64(0)
	for _, number := range numbers {
		one := of.parts[number]
		if one.inPlace && end != int64(number-1)*one.size {
			return fmt.Errorf("part %d isn't where those before it end: this server wants all but the last to be of one size", number)
		}
		if !one.inPlace {
			if err := store.move(into, end, store.part(id, number)); err != nil {
				return err
			}
		}
		end += one.size
	}
	return into.Truncate(end)
}

func (store *bucketStore) move(into *os.File, offset int64, name string) error {
	from, err := os.Open(name)
	if err != nil {
		return err
	}
	defer from.Close()
	if _, err := into.Seek(offset, io.SeekStart); err != nil {
		return err
	}
	if _, err := io.Copy(into, from); err != nil {
		return err
	}
	return os.Remove(name)
}

func (store *bucketStore) abort(w http.ResponseWriter, id string) error {
	found, err := store.find(id)
	if err != nil {
		return err
	}
	store.mutex.Lock()
	delete(store.uploads, id)
	store.mutex.Unlock()
	os.Remove(store.part(id, 0))
	for number := range found.parts {
		os.Remove(store.part(id, number))
	}
	w.WriteHeader(http.StatusNoContent)
	return nil
}

func (store *bucketStore) listParts(w http.ResponseWriter, id string) error {
	found, err := store.find(id)
	if err != nil {
		return err
	}
	store.mutex.Lock()
	defer store.mutex.Unlock()
	numbers := []int{}
	for number := range found.parts {
		numbers = append(numbers, number)
	}
	sort.Ints(numbers)
	text := strings.Builder{}
	for _, number := range numbers {
		one := found.parts[number]
		fmt.Fprintf(&text, "<Part><PartNumber>%d</PartNumber><ETag>&quot;part-%d&quot;</ETag><Size>%d</Size>", number, number, one.size)
		if one.crc != "" {
			fmt.Fprintf(&text, "<ChecksumCRC64NVME>%s</ChecksumCRC64NVME>", one.crc)
		}
		text.WriteString("</Part>")
	}
	return answer(w, "<ListPartsResult><IsTruncated>false</IsTruncated>"+text.String()+"</ListPartsResult>")
}

func (store *bucketStore) listUploads(w http.ResponseWriter, bucket string, query url.Values) error {
	store.mutex.Lock()
	defer store.mutex.Unlock()
	text := strings.Builder{}
	for id, one := range store.uploads {
		if one.bucket == bucket && strings.HasPrefix(one.key, query.Get("prefix")) {
			fmt.Fprintf(&text, "<Upload><Key>%s</Key><UploadId>%s</UploadId><Initiated>%s</Initiated></Upload>", escape(one.key), id, one.begun.UTC().Format(time.RFC3339))
		}
	}
	return answer(w, "<ListMultipartUploadsResult><IsTruncated>false</IsTruncated>"+text.String()+"</ListMultipartUploadsResult>")
}
