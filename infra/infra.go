// Package infra embeds what a deployment consists of besides code: the campaigns and the directories of missions.
package infra

import "embed"

//go:embed campaigns directory
var files embed.FS

// Files holds campaigns/<slug>/ and directory/<state>.csv, as package campaign reads them.
var Files = Tree{files}

// Tree is an embedded folder that knows where it lies, so that what is wrong in it can be shown with a path to open.
type Tree struct{ embed.FS }

// Folder is the folder's path from the root of the project.
func (Tree) Folder() string { return "infra" }
