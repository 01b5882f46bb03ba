package main

import (
	"context"

	"github.com/spf13/cobra"
	"k8s.io/kubernetes/cmd/kubelet/app"
)

// Older releases take no context.
func newKubelet() *cobra.Command {
	return app.NewKubeletCommand(context.Background())
}
