package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"reflect"
	"sort"
	"strings"
	"sync"
	"testing"
	"time"

	apiv3 "github.com/projectcalico/api/pkg/apis/projectcalico/v3"
	log "github.com/sirupsen/logrus"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"

	libapiv3 "github.com/projectcalico/calico/libcalico-go/lib/apis/v3"
	"github.com/projectcalico/calico/libcalico-go/lib/options"
)

// runAsProgram makes this test's executable behave as the allocator.
const runAsProgram = "ALLOCATOR_TEST_RUN_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(runAsProgram) != "" {
		main()
		os.Exit(0)
	}
	log.SetLevel(log.ErrorLevel)
	os.Exit(m.Run())
}

func TestAssignedAddressesBelongToTheirHandleUntilItIsReleased(t *testing.T) {
	one := start(t, datastore(t, "198.18.0.0/24/28"), "host1")

	assigned := one.addresses(`"op":"assign","handle":"cni.x1","v4":2`)
	if len(assigned) != 2 {
		t.Fatalf("assigned %v", assigned)
	}
	if held := one.addresses(`"op":"of","handle":"cni.x1"`); !reflect.DeepEqual(held, assigned) {
		t.Errorf("cni.x1 holds %v, was assigned %v", held, assigned)
	}
	holder := one.succeed(`"op":"holder","address":"` + assigned[0] + `"`)
	if holder["handle"] != "cni.x1" || !reflect.DeepEqual(holder["attributes"], map[string]any{"node": "host1"}) {
		t.Errorf("holder of %s: %v", assigned[0], holder)
	}

	one.succeed(`"op":"release","handle":"cni.x1"`)
	one.fail("missing", `"op":"of","handle":"cni.x1"`)
	one.fail("missing", `"op":"release","handle":"cni.x1"`)
	one.fail("missing", `"op":"holder","address":"`+assigned[0]+`"`)
}

func TestAnAddressIsAssignedOnce(t *testing.T) {
	one := start(t, datastore(t, "198.18.0.0/24/28"), "host1")

	one.succeed(`"op":"assign-this","handle":"h","address":"198.18.0.7"`)
	one.fail("exists", `"op":"assign-this","handle":"other","address":"198.18.0.7"`)
	one.fail("other", `"op":"assign-this","handle":"h","address":"198.18.9.7"`)
	one.fail("other", `"op":"assign-this","handle":"h","address":"nonsense"`)
	if held := one.addresses(`"op":"of","handle":"h"`); !reflect.DeepEqual(held, []string{"198.18.0.7"}) {
		t.Errorf("h holds %v", held)
	}
}

func TestAnAddressIsReleasedOnlyToWhoKnowsItsHandleAndSequence(t *testing.T) {
	one := start(t, datastore(t, "198.18.0.0/24/28"), "host1")

	one.succeed(`"op":"assign-this","handle":"h","address":"198.18.0.7"`)
	one.succeed(`"op":"assign-this","address":"198.18.0.8"`)
	one.fail("conflict", `"op":"release-address","address":"198.18.0.7","handle":"other"`)
	stored := one.onlyBlock()
	sequence := stored.Addresses[0].Sequence
	one.fail("conflict", fmt.Sprintf(`"op":"release-address","address":"198.18.0.7","handle":"h","sequence":%d`, sequence+1))

	released := one.succeed(fmt.Sprintf(`"op":"release-address","address":"198.18.0.7","handle":"h","sequence":%d`, sequence))
	if !reflect.DeepEqual(released["released"], []any{"198.18.0.7"}) {
		t.Errorf("released: %v", released)
	}
	again := one.succeed(`"op":"release-address","address":"198.18.0.7"`)
	if !reflect.DeepEqual(again["unallocated"], []any{"198.18.0.7"}) {
		t.Errorf("released again: %v", again)
	}

	stored = one.onlyBlock()
	left := []assignment{{Address: "198.18.0.8", Attributes: map[string]string{"node": "host1"}, Sequence: stored.Addresses[0].Sequence}}
	if !reflect.DeepEqual(stored.Addresses, left) || len(stored.Free) != 15 || *stored.Affinity != "host:host1" {
		t.Errorf("what is left: %+v", stored)
	}
}

func TestAFullPoolAnswersWhatItHad(t *testing.T) {
	one := start(t, datastore(t, "198.18.0.0/29/29", "198.18.1.0/29/29"), "host1")

	if assigned := one.addresses(`"op":"assign","handle":"h","v4":6,"pools":["198.18.1.0/29"]`); !strings.HasPrefix(assigned[0], "198.18.1.") {
		t.Errorf("assigned %v", assigned)
	}
	answer := one.fail("limit", `"op":"assign","handle":"h2","v4":3,"pools":["198.18.1.0/29"]`)
	if len(answer["addresses"].([]any)) != 2 {
		t.Errorf("answer: %v", answer)
	}
}

func TestAHostGetsNoMoreBlocksThanConfigured(t *testing.T) {
	one := start(t, datastore(t, "198.18.0.0/24/29"), "host1")

	before := map[string]any{"strictAffinity": false, "autoAllocateBlocks": true, "maxBlocksPerHost": json.Number("0")}
	if config := one.succeed(`"op":"config"`)["config"]; !reflect.DeepEqual(config, before) {
		t.Errorf("before: %v", config)
	}
	one.fail("other", `"op":"config","autoAllocateBlocks":false`)
	one.succeed(`"op":"config","strictAffinity":true,"maxBlocksPerHost":1`)
	after := map[string]any{"strictAffinity": true, "autoAllocateBlocks": true, "maxBlocksPerHost": json.Number("1")}
	if config := one.succeed(`"op":"config"`)["config"]; !reflect.DeepEqual(config, after) {
		t.Errorf("after: %v", config)
	}

	if answer := one.fail("limit", `"op":"assign","handle":"h","v4":9`); len(answer["addresses"].([]any)) != 8 {
		t.Errorf("answer: %v", answer)
	}
}

func TestIPv6AddressesComeBesideIPv4(t *testing.T) {
	one := start(t, datastore(t, "198.18.0.0/24/28", "fd00:18::/112/124"), "host1")

	assigned := one.addresses(`"op":"assign","handle":"h","v4":1,"v6":1`)
	if len(assigned) != 2 || !strings.HasPrefix(assigned[1], "fd00:18::") {
		t.Errorf("assigned %v", assigned)
	}
	one.succeed(`"op":"release","handle":"h"`)
}

func TestAnUnknownNodeIsMissing(t *testing.T) {
	one := start(t, datastore(t, "198.18.0.0/24/28"), "stranger")
	one.fail("missing", `"op":"assign","handle":"h","v4":1`)
}

func TestTwoProgramsAtOnceNeverAssignTheSameAddress(t *testing.T) {
	const each = 12
	etcd := datastore(t, "198.18.0.0/26/28")
	one, two := start(t, etcd, "host1"), start(t, etcd, "host2")
	one.succeed(`"op":"config"`) // whoever does not come first to create it waits a second

	var waiting sync.WaitGroup
	assigned := make(chan string, 2*each)
	for i := 0; i < each; i++ {
		for _, program := range []*program{one, two} {
			waiting.Add(1)
			go func() {
				defer waiting.Done()
				answer := program.ask(fmt.Sprintf(`"op":"assign","handle":"%s.%d","v4":1`, program.node, i))
				if addresses, _ := answer["addresses"].([]any); len(addresses) == 1 && answer["error"] == nil {
					assigned <- addresses[0].(string)
				} else {
					t.Errorf("answer: %v", answer)
				}
			}()
		}
	}
	waiting.Wait()
	close(assigned)

	seen := map[string]bool{}
	for address := range assigned {
		if seen[address] {
			t.Errorf("%s was assigned twice", address)
		}
		seen[address] = true
	}
	stored := 0
	for _, block := range one.look().Blocks {
		stored += len(block.Addresses)
		if len(block.Free)+len(block.Addresses) != 16 {
			t.Errorf("block %+v", block)
		}
	}
	if stored != len(seen) {
		t.Errorf("%d addresses answered, %d stored", len(seen), stored)
	}
}

func TestWhatIsNoRequestIsAnError(t *testing.T) {
	one := start(t, datastore(t), "host1")

	one.fail("other", `"op":"dance"`)
	one.fail("other", `"op":"of","handel":"h"`)
	one.fail("other", `"op":"of","handle":7`)
	one.fail("other", `"op":"assign","handle":"h","v4":1,"pools":["nonsense"]`)
	one.fail("missing", `"op":"assign","handle":"h","v4":1`) // no pool at all
}

func TestTheEndOfStdinEndsTheProgram(t *testing.T) {
	silent, err := net.Listen("tcp", "127.0.0.1:0") // accepts and never answers
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	one := start(t, "http://"+silent.Addr().String(), "host1")
	if _, err := io.WriteString(one.stdin, `{"id":1,"op":"of","handle":"h"}`+"\n"); err != nil {
		t.Fatal(err)
	}

	one.stdin.Close()
	ended := make(chan error)
	go func() { ended <- one.command.Wait() }()
	select {
	case err := <-ended:
		if err != nil {
			t.Error(err)
		}
	case <-time.After(20 * time.Second):
		t.Error("still running")
	}
}

// program is a running allocator: Calico's, or ours, which understands the same.
type program struct {
	t       *testing.T
	node    string
	command *exec.Cmd
	stdin   io.WriteCloser

	mutex   sync.Mutex
	asked   int
	waiting map[string]chan map[string]any
}

// start runs Calico's allocator until the test ends.
func start(t *testing.T, etcd, node string) *program {
	t.Helper()
	command := exec.Command(os.Args[0], "--etcd", etcd, "--node", node)
	command.Env = append(os.Environ(), runAsProgram+"=1")
	return run(t, node, command)
}

// run runs an allocator until the test ends.
func run(t *testing.T, node string, command *exec.Cmd) *program {
	t.Helper()
	command.Stderr = os.Stderr
	stdin, err := command.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		stdin.Close()
		command.Process.Kill()
		command.Wait()
	})

	started := &program{t: t, node: node, command: command, stdin: stdin, waiting: map[string]chan map[string]any{}}
	go func() {
		for lines := bufio.NewScanner(stdout); lines.Scan(); {
			var answer map[string]any
			decoder := json.NewDecoder(bytes.NewReader(lines.Bytes()))
			decoder.UseNumber() // sequence numbers need all 64 bits
			if err := decoder.Decode(&answer); err != nil {
				t.Errorf("answer %q: %v", lines.Text(), err)
				continue
			}
			started.mutex.Lock()
			if asker := started.waiting[fmt.Sprint(answer["id"])]; asker != nil {
				asker <- answer
			} else {
				t.Errorf("answer to nobody: %v", answer)
			}
			started.mutex.Unlock()
		}
	}()
	return started
}

// ask sends a request, whose id it adds, and waits for its answer.
func (p *program) ask(members string) map[string]any {
	answered := make(chan map[string]any, 1)
	p.mutex.Lock()
	p.asked++
	p.waiting[fmt.Sprint(p.asked)] = answered
	_, err := fmt.Fprintf(p.stdin, `{"id":%d,%s}`+"\n", p.asked, members)
	p.mutex.Unlock()
	if err != nil {
		p.t.Errorf("asking %s: %v", members, err)
		return nil
	}
	select {
	case answer := <-answered:
		return answer
	case <-time.After(2 * requestTimeout):
		p.t.Errorf("no answer to %s", members)
		return nil
	}
}

// succeed asks what must not fail.
func (p *program) succeed(members string) map[string]any {
	p.t.Helper()
	answer := p.ask(members)
	if answer["error"] != nil {
		p.t.Fatalf("%s: %v", members, answer)
	}
	return answer
}

// fail asks what must fail with an error of this kind.
func (p *program) fail(kind, members string) map[string]any {
	p.t.Helper()
	answer := p.ask(members)
	if answer["kind"] != kind || answer["error"] == "" {
		p.t.Fatalf("%s: expected kind %s, got %v", members, kind, answer)
	}
	return answer
}

// addresses asks what must be answered with addresses, and sorts them.
func (p *program) addresses(members string) []string {
	p.t.Helper()
	addresses := []string{}
	for _, address := range p.succeed(members)["addresses"].([]any) {
		addresses = append(addresses, address.(string))
	}
	sort.Strings(addresses)
	return addresses
}

// look reads what the datastore holds of addresses.
func (p *program) look() view {
	p.t.Helper()
	text, err := json.Marshal(p.succeed(`"op":"look"`))
	if err != nil {
		p.t.Fatal(err)
	}
	var seen view
	if err := json.Unmarshal(text, &seen); err != nil {
		p.t.Fatal(err)
	}
	return seen
}

// onlyBlock is the one block in the datastore.
func (p *program) onlyBlock() block {
	p.t.Helper()
	blocks := p.look().Blocks
	if len(blocks) != 1 {
		p.t.Fatalf("blocks: %+v", blocks)
	}
	return blocks[0]
}

// datastore starts an etcd that ends with the test and makes Calico's datastore on it, with the Nodes host1 to host3, and
// with pools "<network>/<its length>/<its blocks' length>". It returns the etcd's URL. Without etcd on PATH, the test is skipped.
func datastore(t *testing.T, pools ...string) string {
	t.Helper()
	executable, err := exec.LookPath("etcd")
	if err != nil {
		t.Skip("no etcd on PATH")
	}
	url, peer := "http://"+freePort(t), "http://"+freePort(t)
	etcd := exec.Command(executable, "--data-dir", filepath.Join(t.TempDir(), "etcd"), "--logger", "zap", "--log-level", "error",
		"--listen-client-urls", url, "--advertise-client-urls", url,
		"--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer, "--initial-cluster", "default="+peer)
	etcd.Stderr = os.Stderr
	if err := etcd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		etcd.Process.Kill()
		etcd.Wait()
	})

	client, err := connect(url)
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 20*time.Second)
	defer cancel()
	if err := client.EnsureInitialized(ctx, "", "mesos"); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"host1", "host2", "host3"} {
		node := libapiv3.NewNode()
		node.Name = name
		if _, err := client.Nodes().Create(ctx, node, options.SetOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	for i, text := range pools {
		slash := strings.LastIndex(text, "/")
		pool := &apiv3.IPPool{ObjectMeta: metav1.ObjectMeta{Name: fmt.Sprintf("pool%d", i)}}
		pool.Spec.CIDR = text[:slash]
		if _, err := fmt.Sscan(text[slash+1:], &pool.Spec.BlockSize); err != nil {
			t.Fatal(err)
		}
		if _, err := client.IPPools().Create(ctx, pool, options.SetOptions{}); err != nil {
			t.Fatal(err)
		}
	}
	return url
}

// freePort is an address of the loopback interface with a port that nobody listened on just now.
func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
}
