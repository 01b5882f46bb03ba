// A stand-in for the real module of this name, which Go's public module proxy does not serve. Why it is enough: see
// api/v1beta1/types.go.
module github.com/metallb/frr-k8s

go 1.26.0

require (
	k8s.io/apimachinery v0.37.1
	sigs.k8s.io/controller-runtime v0.25.1
)
