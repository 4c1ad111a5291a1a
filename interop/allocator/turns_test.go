package main

import (
	"flag"
	"fmt"
	"math/rand"
	"net/netip"
	"os"
	"os/exec"
	"reflect"
	"slices"
	"strings"
	"testing"
	"time"
)

var seed = flag.Int64("seed", 0, "of TestOursAndCalicosInTurns; 0 takes another each time")

// steps is how many requests a sequence has.
const steps = 150

// Three pools, each of four blocks, so small that they are often full.
const (
	pool4 = "198.18.0.0/27"
	more4 = "198.18.1.0/28"
	pool6 = "fd00:198:18::/124"
)

// capacities are how many addresses the pools' blocks have.
var capacities = map[string]int{pool4: 8, more4: 4, pool6: 4}

// Our allocator and libcalico-go's take and give back in turns at random, on hosts of their own and on one that they share. After
// each step both see the same blocks, holders, attributes, sequence numbers, free addresses in their order, handles and affinities;
// what has changed is what was asked for, by the same rules whoever did it; and the one refuses only what the other would.
func TestOursAndCalicosInTurns(t *testing.T) {
	if *seed == 0 {
		*seed = time.Now().UnixNano()
	}
	fmt.Printf("again: scripts/interop-go test ./allocator -run Turns -seed=%d\n", *seed)
	for _, strict := range []bool{false, true} {
		t.Run(fmt.Sprintf("strictAffinity=%v", strict), func(t *testing.T) {
			etcd := datastore(t, pool4+"/29", more4+"/30", pool6+"/126")
			theirs := start(t, etcd, "host1")
			theirs.succeed(fmt.Sprintf(`"op":"config","strictAffinity":%v`, strict))
			turns := &turns{
				t: t, random: rand.New(rand.NewSource(*seed)), strict: strict,
				allocators: []*program{startOurs(t, etcd, "host1"), startOurs(t, etcd, "host2"), theirs, start(t, etcd, "host3")},
				held:       map[string][]string{},
			}
			for step := 0; step < steps && !t.Failed(); step++ {
				turns.take(step)
			}
		})
	}
}

// startOurs runs our allocator until the test ends: AllocatorCommand, in java/src/test.
func startOurs(t *testing.T, etcd, node string) *program {
	t.Helper()
	built := "../../java/target"
	if _, err := os.Stat(built + "/test-classes/io/calicomesos/ipam/AllocatorCommand.class"); err != nil {
		t.Fatalf("%v: run scripts/setup first", err)
	}
	classPath := strings.Join([]string{built + "/test-classes", built + "/classes", built + "/dist/*"}, ":")
	return run(t, node, exec.Command("java", "-Xmx128m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-cp", classPath,
		"io.calicomesos.ipam.AllocatorCommand", etcd, node))
}

// turns is a sequence while it goes on.
type turns struct {
	t          *testing.T
	random     *rand.Rand
	strict     bool
	allocators []*program // the first two are ours
	held       map[string][]string
	seen       view
}

// change is what one step should have done.
type change struct {
	what        string
	node        string
	handle      string
	given, gone []string
}

// take lets one of the allocators do something, and looks at what came of it.
func (s *turns) take(step int) {
	who := s.random.Intn(len(s.allocators))
	var done change
	switch {
	case s.random.Intn(3) == 0:
		done = s.release(who)
	case s.random.Intn(4) == 0:
		done = s.assignThis(who, step)
	default:
		done = s.assign(who, step)
	}
	if len(done.given) > 0 {
		s.held[done.handle] = done.given
	}

	what := fmt.Sprintf("step %d: %s on %s %s", step, []string{"ours", "ours", "Calico's", "Calico's"}[who], done.node, done.what)
	ours, theirs := s.allocators[s.random.Intn(2)].look(), s.allocators[2+s.random.Intn(2)].look()
	if !reflect.DeepEqual(ours, theirs) {
		s.t.Errorf("%s\nours sees      %+v\nCalico's sees %+v", what, ours, theirs)
	}
	s.compare(what, theirs, done)
	findings, _ := s.allocators[0].succeed(`"op":"check"`)["findings"].([]any)
	for _, each := range findings {
		if !strings.HasPrefix(each.(string), "NOTICE handle-ahead /calico/ipam/v2/handle/net.") {
			s.t.Errorf("%s: ipam check finds %v", what, each)
		}
	}
	s.seen = theirs
}

// assign asks for one or two addresses of one family, or one of each, from all pools or from one.
func (s *turns) assign(who, step int) change {
	wanted := [][2]int{{1, 0}, {1, 0}, {2, 0}, {0, 1}, {1, 1}}[s.random.Intn(5)]
	from, pools := []string{pool4, more4}, ""
	if s.random.Intn(3) == 0 {
		from = from[s.random.Intn(2):][:1]
		pools = fmt.Sprintf(`,"pools":["%s","%s"]`, from[0], pool6)
	}
	free4, free6 := s.available(who, from...), s.available(who, pool6)

	handle := s.handle(who, step)
	request := fmt.Sprintf(`"op":"assign","handle":"%s","v4":%d,"v6":%d%s`, handle, wanted[0], wanted[1], pools)
	expected := min(wanted[0], free4) + min(wanted[1], free6)
	enough := expected == wanted[0]+wanted[1]
	if !enough && who < 2 {
		expected = 0 // All that was asked for, or nothing.
	}
	given := s.ask(who, request, enough, "limit")
	if len(given) != expected {
		s.t.Errorf("step %d: %s: got %v while %d and %d are free", step, request, given, free4, free6)
	}
	return change{request, s.allocators[who].node, handle, given, nil}
}

// assignThis asks for an address by its value.
func (s *turns) assignThis(who, step int) change {
	var address string
	if s.random.Intn(4) == 0 {
		address = fmt.Sprintf("fd00:198:18::%x", 1+s.random.Intn(15))
	} else {
		address = fmt.Sprintf("198.18.%d.%d", s.random.Intn(2), s.random.Intn(16))
	}
	allowed, kind := true, "other"
	for _, each := range s.seen.Blocks {
		if slices.Contains(addressesOf(each), address) {
			allowed = slices.Contains(each.Free, address)
			if !allowed {
				kind = "exists"
			}
			if s.strict && *each.Affinity != "host:"+s.allocators[who].node {
				allowed, kind = false, "other"
			}
		}
	}

	handle := s.handle(who, step)
	request := fmt.Sprintf(`"op":"assign-this","handle":"%s","address":"%s"`, handle, address)
	s.ask(who, request, allowed, kind)
	if !allowed {
		return change{request, s.allocators[who].node, handle, nil, nil}
	}
	return change{request, s.allocators[who].node, handle, []string{address}, nil}
}

// ask asks for addresses. What must be refused is refused with Calico's kind of error, or ours, which has just one.
func (s *turns) ask(who int, request string, allowed bool, kind string) []string {
	answer := s.allocators[who].ask(request)
	if who < 2 {
		kind = "refused"
	}
	if allowed && answer["error"] != nil || !allowed && answer["kind"] != kind {
		s.t.Errorf("%s on %s: %v, but it should be allowed: %v (else %s)", request, s.allocators[who].node, answer, allowed, kind)
	}
	given := []string{}
	if answer["addresses"] != nil {
		for _, each := range answer["addresses"].([]any) {
			given = append(given, each.(string))
		}
	}
	return given
}

// release gives back what one of the allocator's handles holds.
func (s *turns) release(who int) change {
	node := s.allocators[who].node
	its := []string{}
	for handle := range s.held {
		if strings.HasPrefix(handle, s.prefix(who)) {
			its = append(its, handle)
		}
	}
	if len(its) == 0 {
		return change{"has nothing to give back", node, "", nil, nil}
	}
	slices.Sort(its)
	handle := its[s.random.Intn(len(its))]
	gone := s.held[handle]
	delete(s.held, handle)
	request := `"op":"release","handle":"` + handle + `"`
	s.allocators[who].succeed(request)
	return change{request, node, handle, nil, gone}
}

// handle is a new one, as Mesos or a CNI network would have it.
func (s *turns) handle(who, step int) string {
	return fmt.Sprintf("%s%d", s.prefix(who), step)
}

func (s *turns) prefix(who int) string {
	return []string{"mesos.", "mesos.", "net.", "net."}[who] + s.allocators[who].node + "."
}

// available is how many addresses of these pools the allocator's host may have.
func (s *turns) available(who int, pools ...string) int {
	available := 0
	for _, pool := range pools {
		unclaimed := 4
		for _, each := range s.seen.Blocks {
			if !netip.MustParsePrefix(pool).Overlaps(netip.MustParsePrefix(each.CIDR)) {
				continue
			}
			unclaimed--
			if !s.strict || *each.Affinity == "host:"+s.allocators[who].node {
				available += len(each.Free)
			}
		}
		available += unclaimed * capacities[pool]
	}
	return available
}

// compare demands that just what was done has changed.
func (s *turns) compare(what string, now view, done change) {
	before := map[string]block{}
	for _, each := range s.seen.Blocks {
		before[each.CIDR] = each
	}
	handles, affinities := map[string]map[string]int{}, map[string]string{}
	held := map[string][]string{}
	for _, each := range now.Blocks {
		old, was := before[each.CIDR]
		delete(before, each.CIDR)
		if !was {
			owner := "host:" + done.node
			old = block{CIDR: each.CIDR, Affinity: &owner, Free: addressesOf(each)}
		}
		s.compareBlock(what, old, each, done)
		affinities[strings.TrimPrefix(*each.Affinity, "host:")+" "+each.CIDR] = "confirmed"
		for _, assigned := range each.Addresses {
			if handles[*assigned.Handle] == nil {
				handles[*assigned.Handle] = map[string]int{}
			}
			handles[*assigned.Handle][each.CIDR]++
			held[*assigned.Handle] = append(held[*assigned.Handle], assigned.Address)
		}
	}
	if len(before) > 0 {
		s.t.Errorf("%s: blocks are gone: %v", what, before)
	}
	for handle, counts := range now.Handles {
		for cidr, count := range counts {
			has := handles[handle][cidr]
			delete(handles[handle], cidr)
			if count > has && strings.HasPrefix(handle, "net.") {
				continue // Calico's counts what it asked a block for, also if the block had less.
			}
			if count != has {
				s.t.Errorf("%s: handle %s counts %d in block %s, which has %d", what, handle, count, cidr, has)
			}
		}
	}
	for handle, counts := range handles {
		if len(counts) > 0 {
			s.t.Errorf("%s: handle %s does not count %v", what, handle, counts)
		}
	}
	if !reflect.DeepEqual(now.Affinities, affinities) {
		s.t.Errorf("%s: affinities are %v, blocks have %v", what, now.Affinities, affinities)
	}
	for handle := range held {
		slices.Sort(held[handle])
		slices.Sort(s.held[handle])
	}
	if !reflect.DeepEqual(held, s.held) {
		s.t.Errorf("%s: held are %v, given were %v", what, held, s.held)
	}
}

// compareBlock demands of one block that it is what it was, but for what was given of it and what is gone.
func (s *turns) compareBlock(what string, old, now block, done change) {
	if *now.Affinity != *old.Affinity {
		s.t.Errorf("%s: block %s is %s's, was %s's", what, now.CIDR, *now.Affinity, *old.Affinity)
	}
	left := []assignment{}
	freed := []string{}
	for _, each := range old.Addresses {
		if slices.Contains(done.gone, each.Address) {
			freed = append(freed, each.Address)
		} else {
			left = append(left, each)
		}
	}
	kept := []assignment{}
	for _, each := range now.Addresses {
		if !slices.Contains(done.given, each.Address) {
			kept = append(kept, each)
			continue
		}
		if *each.Handle != done.handle || each.Attributes["node"] != done.node {
			s.t.Errorf("%s: given was %+v", what, each)
		}
		if each.Sequence < old.Sequence || each.Sequence >= now.Sequence {
			s.t.Errorf("%s: given was %+v, while the block's sequence number went from %d to %d", what, each, old.Sequence, now.Sequence)
		}
	}
	if !reflect.DeepEqual(kept, left) {
		s.t.Errorf("%s: of others there are %+v, were %+v", what, kept, left)
	}
	changed := len(freed) > 0 || len(kept) < len(now.Addresses)
	if changed != (now.Sequence > old.Sequence) {
		s.t.Errorf("%s: the sequence number of block %s went from %d to %d", what, now.CIDR, old.Sequence, now.Sequence)
	}
	free := slices.DeleteFunc(slices.Clone(old.Free), func(each string) bool { return slices.Contains(done.given, each) })
	last := slices.Clone(now.Free[min(len(free), len(now.Free)):])
	slices.Sort(last)
	slices.Sort(freed)
	if !slices.Equal(now.Free, append(free, now.Free[len(now.Free)-len(last):]...)) || !slices.Equal(last, freed) {
		s.t.Errorf("%s: free in block %s are %v, were %v", what, now.CIDR, now.Free, old.Free)
	}
}

// addressesOf lists all addresses of a block, in order.
func addressesOf(block block) []string {
	all := []string{}
	network := netip.MustParsePrefix(block.CIDR)
	for each := network.Addr(); network.Contains(each); each = each.Next() {
		all = append(all, each.String())
	}
	return all
}
