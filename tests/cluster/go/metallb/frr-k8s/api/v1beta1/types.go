// Package v1beta1 declares, in our own words, the types that MetalLB's source names from the module github.com/metallb/frr-k8s.
//
// MetalLB imports them in every build, but touches them only where it hands its BGP sessions to the FRR-K8s daemon
// (METALLB_BGP_TYPE=frr-k8s). The cluster announces its addresses on layer 2, where nothing here is ever used. Go's public module
// proxy does not serve the real module, and a build that needs it would fail on every machine that asks there alone.
package v1beta1

import (
	"encoding/json"

	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/runtime"
	"k8s.io/apimachinery/pkg/runtime/schema"
	"sigs.k8s.io/controller-runtime/pkg/scheme"
)

var (
	GroupVersion  = schema.GroupVersion{Group: "frrk8s.metallb.io", Version: "v1beta1"}
	SchemeBuilder = (&scheme.Builder{GroupVersion: GroupVersion}).Register(&FRRConfiguration{}, &FRRConfigurationList{})
	AddToScheme   = SchemeBuilder.AddToScheme
)

type FRRConfiguration struct {
	metav1.TypeMeta   `json:",inline"`
	metav1.ObjectMeta `json:"metadata,omitempty"`
	Spec              FRRConfigurationSpec `json:"spec,omitempty"`
}

type FRRConfigurationList struct {
	metav1.TypeMeta `json:",inline"`
	metav1.ListMeta `json:"metadata,omitempty"`
	Items           []FRRConfiguration `json:"items"`
}

type FRRConfigurationSpec struct {
	BGP          BGPConfig            `json:"bgp,omitempty"`
	NodeSelector metav1.LabelSelector `json:"nodeSelector,omitempty"`
}

type BGPConfig struct {
	Routers     []Router     `json:"routers"`
	BFDProfiles []BFDProfile `json:"bfdProfiles,omitempty"`
}

type Router struct {
	ASN       uint32     `json:"asn"`
	ID        string     `json:"id,omitempty"`
	VRF       string     `json:"vrf,omitempty"`
	Neighbors []Neighbor `json:"neighbors,omitempty"`
	Prefixes  []string   `json:"prefixes,omitempty"`
}

type DynamicASNMode string

type Neighbor struct {
	Address                string           `json:"address,omitempty"`
	Interface              string           `json:"interface,omitempty"`
	ASN                    uint32           `json:"asn,omitempty"`
	DynamicASN             DynamicASNMode   `json:"dynamicASN,omitempty"`
	Port                   *uint16          `json:"port,omitempty"`
	HoldTime               *metav1.Duration `json:"holdTime,omitempty"`
	KeepaliveTime          *metav1.Duration `json:"keepaliveTime,omitempty"`
	ConnectTime            *metav1.Duration `json:"connectTime,omitempty"`
	BFDProfile             string           `json:"bfdProfile,omitempty"`
	EnableGracefulRestart  bool             `json:"enableGracefulRestart,omitempty"`
	EBGPMultiHop           bool             `json:"ebgpMultiHop,omitempty"`
	DualStackAddressFamily bool             `json:"dualStackAddressFamily,omitempty"`
	DisableMP              bool             `json:"disableMP,omitempty"`
	ToAdvertise            Advertise        `json:"toAdvertise,omitempty"`
	Password               string           `json:"password,omitempty"`
	PasswordSecret         SecretReference  `json:"passwordSecret,omitempty"`
}

type SecretReference struct {
	Name      string `json:"name,omitempty"`
	Namespace string `json:"namespace,omitempty"`
}

type Advertise struct {
	Allowed                   AllowedOutPrefixes      `json:"allowed,omitempty"`
	PrefixesWithLocalPref     []LocalPrefPrefixes     `json:"withLocalPref,omitempty"`
	PrefixesWithCommunity     []CommunityPrefixes     `json:"withCommunity,omitempty"`
	PrefixesWithAsPathPrepend []AsPathPrependPrefixes `json:"withAsPathPrepend,omitempty"`
}

type AllowedOutPrefixes struct {
	Prefixes []string `json:"prefixes,omitempty"`
}

type LocalPrefPrefixes struct {
	LocalPref uint32   `json:"localPref,omitempty"`
	Prefixes  []string `json:"prefixes,omitempty"`
}

type CommunityPrefixes struct {
	Community string   `json:"community,omitempty"`
	Prefixes  []string `json:"prefixes,omitempty"`
}

type AsPathPrependPrefixes struct {
	AsPathPrepend uint8    `json:"asPathPrepend,omitempty"`
	Prefixes      []string `json:"prefixes,omitempty"`
}

type BFDProfile struct {
	Name             string  `json:"name"`
	ReceiveInterval  *uint32 `json:"receiveInterval,omitempty"`
	TransmitInterval *uint32 `json:"transmitInterval,omitempty"`
	DetectMultiplier *uint32 `json:"detectMultiplier,omitempty"`
	EchoInterval     *uint32 `json:"echoInterval,omitempty"`
	MinimumTTL       *uint32 `json:"minimumTtl,omitempty"`
	EchoMode         *bool   `json:"echoMode,omitempty"`
	PassiveMode      *bool   `json:"passiveMode,omitempty"`
}

func (in *FRRConfiguration) DeepCopy() *FRRConfiguration {
	return copyOf(in)
}

func (in *FRRConfiguration) DeepCopyObject() runtime.Object {
	return copyOf(in)
}

func (in *FRRConfigurationList) DeepCopyObject() runtime.Object {
	return copyOf(in)
}

func (in *FRRConfigurationSpec) DeepCopyInto(out *FRRConfigurationSpec) {
	*out = *copyOf(in)
}

// copyOf goes through JSON: slow, but short, and nothing calls it on layer 2.
func copyOf[T any](original *T) *T {
	text, err := json.Marshal(original)
	if err != nil {
		panic(err)
	}
	duplicate := new(T)
	if err := json.Unmarshal(text, duplicate); err != nil {
		panic(err)
	}
	return duplicate
}
