package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"

	apiv3 "github.com/projectcalico/api/pkg/apis/projectcalico/v3"

	"github.com/projectcalico/calico/libcalico-go/lib/backend/api"
	"github.com/projectcalico/calico/libcalico-go/lib/backend/model"
	"github.com/projectcalico/calico/libcalico-go/lib/clientv3"
	"github.com/projectcalico/calico/libcalico-go/lib/ipam"
	cnet "github.com/projectcalico/calico/libcalico-go/lib/net"
)

// request is one line of stdin: an operation and what all operations together can take.
type request struct {
	ID      json.RawMessage `json:"id"` // anything; echoed as it is
	Op      string          `json:"op"`
	Handle  string          `json:"handle"`
	Address string          `json:"address"`

	V4    int      `json:"v4"`    // how many IPv4 addresses
	V6    int      `json:"v6"`    // how many IPv6 addresses
	Pools []string `json:"pools"` // CIDRs of the only pools to take them from; none means any

	Sequence *uint64 `json:"sequence"` // sequence number under which the address was assigned

	StrictAffinity     *bool `json:"strictAffinity"`
	AutoAllocateBlocks *bool `json:"autoAllocateBlocks"`
	MaxBlocksPerHost   *int  `json:"maxBlocksPerHost"`
}

// decode reads a request. It refuses members it does not know, so that a misspelt one does not go unnoticed; the ID is
// there even so.
func decode(line []byte) (request, error) {
	var asked request
	decoder := json.NewDecoder(bytes.NewReader(line))
	decoder.DisallowUnknownFields()
	err := decoder.Decode(&asked)
	return asked, err
}

// fields are the members of an answer besides its id.
type fields map[string]any

// view is all that the datastore holds of addresses, as libcalico-go reads it.
type view struct {
	Blocks     []block                   `json:"blocks"`
	Handles    map[string]map[string]int `json:"handles"`    // how many addresses a handle counts, by block
	Affinities map[string]string         `json:"affinities"` // states, by "<node> <block>"
}

// block is an allocation block.
type block struct {
	CIDR      string       `json:"cidr"`
	Affinity  *string      `json:"affinity"` // "host:<node>", or null
	Free      []string     `json:"free"`     // in the order in which they are given
	Sequence  uint64       `json:"sequence"`
	Addresses []assignment `json:"addresses"`
}

// assignment is an address that a block says is taken.
type assignment struct {
	Address    string            `json:"address"`
	Handle     *string           `json:"handle"`
	Attributes map[string]string `json:"attributes"`
	Sequence   uint64            `json:"sequence"` // what release-address takes
}

// allocator does what requests ask for, as one Calico node would.
type allocator struct {
	client clientv3.Interface
	node   string
}

// perform does one operation. Both results may be present: what was done in spite of the error.
func (a *allocator) perform(ctx context.Context, asked request) (fields, error) {
	switch asked.Op {
	case "assign":
		return a.assign(ctx, asked)
	case "assign-this":
		return nil, a.assignThis(ctx, asked)
	case "release":
		return nil, a.client.IPAM().ReleaseByHandle(ctx, asked.Handle)
	case "release-address":
		return a.releaseAddress(ctx, asked)
	case "of":
		held, err := a.client.IPAM().IPsByHandle(ctx, asked.Handle)
		if err != nil {
			return nil, err
		}
		return fields{"addresses": texts(held)}, nil
	case "holder":
		return a.holder(ctx, asked)
	case "look":
		return a.look(ctx)
	case "config":
		return a.config(ctx, asked)
	default:
		return nil, fmt.Errorf("unknown op %q", asked.Op)
	}
}

// attributes are stored with every address that is assigned here.
func (a *allocator) attributes() map[string]string {
	return map[string]string{ipam.AttributeNode: a.node}
}

// assign takes any free addresses.
func (a *allocator) assign(ctx context.Context, asked request) (fields, error) {
	args := ipam.AutoAssignArgs{
		Num4:        asked.V4,
		Num6:        asked.V6,
		HandleID:    optional(asked.Handle),
		Attrs:       a.attributes(),
		Hostname:    a.node,
		IntendedUse: apiv3.IPPoolAllowedUseWorkload,
	}
	for _, text := range asked.Pools {
		_, pool, err := cnet.ParseCIDR(text)
		if err != nil {
			return nil, err
		}
		if pool.Version() == 4 {
			args.IPv4Pools = append(args.IPv4Pools, *pool)
		} else {
			args.IPv6Pools = append(args.IPv6Pools, *pool)
		}
	}

	v4, v6, err := a.client.IPAM().AutoAssign(ctx, args)
	addresses := []string{}
	var tooFew error
	for _, assigned := range []*ipam.IPAMAssignments{v4, v6} {
		if assigned == nil {
			continue
		}
		for _, network := range assigned.IPs {
			addresses = append(addresses, network.IP.String())
		}
		tooFew = errors.Join(tooFew, assigned.PartialFulfillmentError())
	}
	if err == nil && tooFew != nil {
		err = errTooFew{tooFew}
	}
	return fields{"addresses": addresses}, err
}

// assignThis takes one address.
func (a *allocator) assignThis(ctx context.Context, asked request) error {
	address, err := parse(asked.Address)
	if err != nil {
		return err
	}
	return a.client.IPAM().AssignIP(ctx, ipam.AssignIPArgs{
		IP:       *address,
		HandleID: optional(asked.Handle),
		Attrs:    a.attributes(),
		Hostname: a.node,
	})
}

// releaseAddress gives one address back. One that nobody has is no error; the answer's lists tell which it was.
func (a *allocator) releaseAddress(ctx context.Context, asked request) (fields, error) {
	address, err := parse(asked.Address)
	if err != nil {
		return nil, err
	}
	unallocated, err := outcome(a.client.IPAM().ReleaseIPs(ctx, ipam.ReleaseOptions{
		Address:        address.String(),
		Handle:         asked.Handle,
		SequenceNumber: asked.Sequence,
	}))
	if err != nil {
		return nil, err
	}
	released := []string{}
	if len(unallocated) == 0 {
		released = append(released, address.String())
	}
	return fields{"released": released, "unallocated": texts(unallocated)}, nil
}

// outcome leaves out what ReleaseIPs gives between the addresses that were free and the error, which v3.28 does not.
func outcome(unallocated []cnet.IP, more ...any) ([]cnet.IP, error) {
	err, _ := more[len(more)-1].(error)
	return unallocated, err
}

// holder tells whose an address is.
func (a *allocator) holder(ctx context.Context, asked request) (fields, error) {
	address, err := parse(asked.Address)
	if err != nil {
		return nil, err
	}
	attributes, handle, err := a.client.IPAM().GetAssignmentAttributes(ctx, *address)
	if err != nil {
		return nil, err
	}
	return fields{"handle": handle, "attributes": attributes}, nil
}

// look lists every block, handle and affinity in the datastore, whosever they are.
func (a *allocator) look(ctx context.Context) (fields, error) {
	seen := view{Blocks: []block{}, Handles: map[string]map[string]int{}, Affinities: map[string]string{}}
	backend := a.client.(interface{ Backend() api.Client }).Backend()
	for _, kind := range []model.ListInterface{model.BlockListOptions{}, model.IPAMHandleListOptions{}, model.BlockAffinityListOptions{}} {
		stored, err := backend.List(ctx, kind, "")
		if err != nil {
			return nil, err
		}
		for _, pair := range stored.KVPairs {
			switch value := pair.Value.(type) {
			case *model.AllocationBlock:
				read, err := describe(value)
				if err != nil {
					return nil, err
				}
				seen.Blocks = append(seen.Blocks, read)
			case *model.IPAMHandle:
				seen.Handles[pair.Key.(model.IPAMHandleKey).HandleID] = value.Block
			case *model.BlockAffinity:
				key := pair.Key.(model.BlockAffinityKey)
				seen.Affinities[key.Host+" "+key.CIDR.String()] = string(value.State)
			}
		}
	}
	return fields{"blocks": seen.Blocks, "handles": seen.Handles, "affinities": seen.Affinities}, nil
}

// describe turns a stored block into its answer. It fails on a block that contradicts itself.
func describe(stored *model.AllocationBlock) (block, error) {
	described := block{
		CIDR:      stored.CIDR.String(),
		Affinity:  stored.Affinity,
		Free:      []string{},
		Sequence:  stored.SequenceNumber,
		Addresses: []assignment{},
	}
	for _, ordinal := range stored.Unallocated {
		described.Free = append(described.Free, stored.OrdinalToIP(ordinal).String())
	}
	for ordinal, index := range stored.Allocations {
		if index == nil {
			continue
		}
		if *index < 0 || *index >= len(stored.Attributes) {
			return block{}, fmt.Errorf("block %s: ordinal %d has attributes %d of %d", stored.CIDR, ordinal, *index, len(stored.Attributes))
		}
		described.Addresses = append(described.Addresses, assignment{
			Address:    stored.OrdinalToIP(ordinal).String(),
			Handle:     stored.Attributes[*index].AttrPrimary,
			Attributes: stored.Attributes[*index].AttrSecondary,
			Sequence:   stored.GetSequenceNumberForOrdinal(ordinal),
		})
	}
	return described, nil
}

// config changes what the request names in the cluster's IPAM configuration, and tells what it is then.
func (a *allocator) config(ctx context.Context, asked request) (fields, error) {
	config, err := a.client.IPAM().GetIPAMConfig(ctx)
	if err != nil {
		return nil, err
	}
	wanted := *config
	if asked.StrictAffinity != nil {
		wanted.StrictAffinity = *asked.StrictAffinity
	}
	if asked.AutoAllocateBlocks != nil {
		wanted.AutoAllocateBlocks = *asked.AutoAllocateBlocks
	}
	if asked.MaxBlocksPerHost != nil {
		wanted.MaxBlocksPerHost = *asked.MaxBlocksPerHost
	}
	if wanted != *config {
		if err := a.client.IPAM().SetIPAMConfig(ctx, wanted); err != nil {
			return nil, err
		}
	}
	return fields{"config": fields{
		"strictAffinity":     wanted.StrictAffinity,
		"autoAllocateBlocks": wanted.AutoAllocateBlocks,
		"maxBlocksPerHost":   wanted.MaxBlocksPerHost,
	}}, nil
}

// parse reads an address; libcalico-go's own ParseIP has no error.
func parse(text string) (*cnet.IP, error) {
	address := cnet.ParseIP(text)
	if address == nil {
		return nil, fmt.Errorf("%q is not an IP address", text)
	}
	return address, nil
}

// optional is nil for the empty string: an address without a handle.
func optional(text string) *string {
	if text == "" {
		return nil
	}
	return &text
}

// texts writes addresses as text; no addresses are an empty list, never null.
func texts(addresses []cnet.IP) []string {
	written := []string{}
	for _, address := range addresses {
		written = append(written, address.String())
	}
	return written
}
