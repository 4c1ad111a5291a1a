// Command allocator lets a test drive Calico's own IPAM, that of libcalico-go, on an etcd: as a competitor for addresses,
// and as a judge of what others wrote.
//
//	allocator --etcd http://127.0.0.1:2379 --node host1
//
// It reads one request, a JSON object, from each line of stdin, and writes one answer to each on a line of stdout. An answer
// carries the "id" of its request. Requests run concurrently and are answered in the order in which they finish. At the end
// of stdin the program exits with status 0 at once: requests still under way are cut off wherever they are, and get no answer.
// Datastore, Node and pools must exist; nothing here makes them.
//
//	op                     takes                                            answers
//	assign                 handle, v4, v6 (counts), pools (CIDRs, optional) addresses
//	assign-this            handle, address
//	release                handle
//	release-address        address, handle, sequence (both optional)        released, unallocated: lists of addresses
//	of                     handle                                           addresses
//	holder                 address                                          handle (null if none), attributes
//	look                                                                    see view; sequences need all 64 bits
//	config                 strictAffinity, autoAllocateBlocks,              config: the values after the change
//	                       maxBlocksPerHost (each optional)
//
// An operation that fails answers {"id":…,"error":"text","kind":"…"}, where kind is one of
//
//	exists    the address is someone's already
//	missing   a handle, address, block, Node or pool is not there
//	limit     fewer addresses than asked for: pools full, or the host may not have another block
//	conflict  someone else's change came first, or handle or sequence is not the one that holds the address
//	other     anything else
//
// A failed assign answers addresses too, since libcalico-go leaves what it did assign with the handle.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
	"sync"
	"time"

	log "github.com/sirupsen/logrus"

	"github.com/projectcalico/calico/libcalico-go/lib/apiconfig"
	"github.com/projectcalico/calico/libcalico-go/lib/clientv3"
	cerrors "github.com/projectcalico/calico/libcalico-go/lib/errors"
	"github.com/projectcalico/calico/libcalico-go/lib/ipam"
)

// requestTimeout is how long one request may take in all, so that a lost etcd is an answer and not a hanging test.
const requestTimeout = 60 * time.Second

// longestLine is how many bytes one request may have.
const longestLine = 1 << 20

func main() {
	endpoints := flag.String("etcd", os.Getenv("ETCD_ENDPOINTS"), "client `URLs` of etcd's members, separated by commas")
	node := flag.String("node", os.Getenv("NODENAME"), "`name` of the Calico Node that addresses are assigned for")
	flag.Parse()
	if *endpoints == "" || *node == "" || flag.NArg() > 0 {
		flag.Usage()
		os.Exit(2)
	}

	log.SetOutput(os.Stderr)
	log.SetLevel(log.ErrorLevel)

	client, err := connect(*endpoints)
	if err != nil {
		fmt.Fprintf(os.Stderr, "allocator: connecting to %s: %v\n", *endpoints, err)
		os.Exit(1)
	}
	if err := serve(os.Stdin, os.Stdout, &allocator{client: client, node: *node}); err != nil {
		fmt.Fprintf(os.Stderr, "allocator: %v\n", err)
		os.Exit(1)
	}
}

// connect makes a Calico client for an etcd datastore, whatever the environment says about Kubernetes.
func connect(endpoints string) (clientv3.Interface, error) {
	config := apiconfig.NewCalicoAPIConfig()
	config.Spec.DatastoreType = apiconfig.EtcdV3
	config.Spec.EtcdEndpoints = endpoints
	return clientv3.New(*config)
}

// serve answers every line of in on out, and returns when in ends without waiting for requests that are under way.
func serve(in io.Reader, out io.Writer, allocator *allocator) error {
	var writing sync.Mutex
	answers := json.NewEncoder(out)

	lines := bufio.NewScanner(in)
	lines.Buffer(nil, longestLine)
	for lines.Scan() {
		asked, malformed := decode(lines.Bytes())
		go func() {
			answer, err := fields{}, malformed
			if err == nil {
				ctx, cancel := context.WithTimeout(context.Background(), requestTimeout)
				defer cancel()
				answer, err = allocator.perform(ctx, asked)
			}
			if answer == nil {
				answer = fields{}
			}
			answer["id"] = asked.ID
			if err != nil {
				answer["error"], answer["kind"] = err.Error(), kind(err)
			}

			writing.Lock()
			defer writing.Unlock()
			if err := answers.Encode(answer); err != nil {
				log.WithError(err).Error("Writing an answer")
			}
		}()
	}
	if err := lines.Err(); err != nil {
		return fmt.Errorf("reading requests: %w", err)
	}
	return nil
}

// errTooFew means that libcalico-go was content with assigning fewer addresses than asked for.
type errTooFew struct{ error }

// kind is the word by which tests tell errors apart.
func kind(err error) string {
	var (
		exists   cerrors.ErrorResourceAlreadyExists
		missing  cerrors.ErrorResourceDoesNotExist
		conflict cerrors.ErrorResourceUpdateConflict
		tooFew   errTooFew
	)
	switch {
	case errors.As(err, &exists):
		return "exists"
	case errors.As(err, &missing), errors.Is(err, ipam.ErrNoQualifiedPool):
		return "missing"
	case errors.As(err, &tooFew), errors.Is(err, ipam.ErrBlockLimit):
		return "limit"
	case errors.As(err, &conflict):
		return "conflict"
	default:
		return "other"
	}
}
