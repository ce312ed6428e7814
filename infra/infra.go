// Package infra embeds what a deployment consists of besides code: the campaigns and the directories of missions.
package infra

import "embed"

// Files holds campaigns/<slug>/ and directory/<state>.csv, as package campaign reads them.
//
//go:embed campaigns directory
var Files embed.FS
