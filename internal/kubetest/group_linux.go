package kubetest

import "syscall"

// ownGroup puts a program into a process group of its own, and ends it if the tests end without stopping it.
func ownGroup() *syscall.SysProcAttr {
	return &syscall.SysProcAttr{Setpgid: true, Pdeathsig: syscall.SIGKILL}
}
