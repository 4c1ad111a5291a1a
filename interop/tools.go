//go:build tools

// Package interop pins the real Calico programs that tests use as peers and judges; scripts/interop-build builds them.
package interop

import (
	_ "github.com/projectcalico/calico/calicoctl/calicoctl"
	_ "github.com/projectcalico/calico/cni-plugin/cmd/calico"
	_ "github.com/projectcalico/calico/felix/cmd/calico-felix"
)
