package sandbox

import (
	"archive/tar"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"syscall"
	"time"

	"purposeagent/agent"
)

// packing is how a folder becomes an archive.
type packing struct {
	limit  int64 // bytes of all files
	strict bool  // what is neither file, folder nor link is an error
	dry    bool  // no file is opened
}

// pack writes a tar of what is below a folder. It follows no link.
func pack(to io.Writer, root *os.Root, folder string, how packing) error {
	w := tar.NewWriter(to)
	left := how.limit
	err := walk(root, folder, func(name string, info fs.FileInfo) error {
		head := &tar.Header{Name: strings.TrimPrefix(strings.TrimPrefix(name, folder), "/"), Mode: int64(info.Mode().Perm()),
			ModTime: info.ModTime().Truncate(time.Second), Format: tar.FormatPAX}
		switch {
		case info.IsDir():
			head.Typeflag, head.Name = tar.TypeDir, head.Name+"/"
		case info.Mode()&fs.ModeSymlink != 0:
			target, err := root.Readlink(name)
			if err != nil {
				return err
			}
			head.Typeflag, head.Linkname = tar.TypeSymlink, target
		case info.Mode().IsRegular():
			if left -= info.Size(); left < 0 {
				return agent.Errorf(agent.CodeInvalid, "the files of the folder hold more than %d bytes", how.limit)
			}
			head.Typeflag, head.Size = tar.TypeReg, info.Size()
		case how.strict:
			return agent.Errorf(agent.CodeInvalid, "%s is neither a file nor a folder nor a link", name)
		default:
			return nil
		}
		if how.dry {
			return nil
		}
		if err := w.WriteHeader(head); err != nil {
			return err
		}
		if head.Typeflag == tar.TypeReg {
			return content(w, root, name, info)
		}
		return nil
	})
	if err != nil {
		return sayFile(err, folder)
	}
	if how.dry {
		return nil
	}
	return w.Close()
}

// content writes the bytes of a file that has not changed since it was looked at.
func content(w io.Writer, root *os.Root, name string, info fs.FileInfo) error {
	f, err := openPlain(root, name)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	now, err := f.Stat()
	if err != nil {
		return err
	}
	if !os.SameFile(info, now) {
		return agent.Errorf(agent.CodeConflict, "%s was replaced while it was read", name)
	}
	n, err := io.CopyN(w, f, info.Size())
	if errors.Is(err, io.EOF) || err == nil && n < info.Size() {
		return agent.Errorf(agent.CodeConflict, "%s became shorter while it was read", name)
	}
	return err
}

// openPlain opens a file for reading, without waiting for the other end of a
// pipe. Who owns it may read it whatever its bits say.
func openPlain(root *os.Root, name string) (*os.File, error) {
	f, err := root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if !errors.Is(err, fs.ErrPermission) {
		return f, err
	}
	info, statErr := root.Lstat(name)
	if statErr != nil || !info.Mode().IsRegular() || root.Chmod(name, info.Mode().Perm()|0o400) != nil {
		return nil, err
	}
	defer func() { _ = root.Chmod(name, info.Mode().Perm()) }()
	return root.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
}

// walk visits what is below a folder, by name, a folder before what is in it.
func walk(root *os.Root, folder string, visit func(name string, info fs.FileInfo) error) error {
	if strings.Count(folder, "/") >= MaxDepth {
		return agent.Errorf(agent.CodeInvalid, "there are more than %d folders in each other", MaxDepth)
	}
	entries, err := names(root, folder)
	if info, statErr := root.Lstat(folder); statErr == nil && info.IsDir() && info.Mode().Perm()&0o500 != 0o500 {
		// Who owns a folder may look into it whatever its bits say.
		if err := root.Chmod(folder, info.Mode().Perm()|0o500); err != nil {
			return err
		}
		defer func() { _ = root.Chmod(folder, info.Mode().Perm()) }()
		entries, err = names(root, folder)
	}
	if err != nil {
		return err
	}
	for _, name := range entries {
		full := path.Join(folder, name)
		info, err := root.Lstat(full)
		if err != nil {
			return err
		}
		if err := visit(full, info); err != nil {
			return err
		}
		if info.IsDir() {
			if err := walk(root, full, visit); err != nil {
				return err
			}
		}
	}
	return nil
}

// names are those in a folder, sorted.
func names(root *os.Root, folder string) ([]string, error) {
	f, err := root.OpenFile(folder, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer func() { _ = f.Close() }()
	list, err := f.Readdirnames(-1)
	slices.Sort(list)
	return list, err
}

// unpack puts what a tar holds below a folder.
func unpack(from io.Reader, root *os.Root, folder string) error {
	if err := root.MkdirAll(folder, 0o755); err != nil {
		return err
	}
	type late struct {
		name string
		mode os.FileMode
		time time.Time
	}
	var folders []late // their bits come last: a folder may be read-only
	r := tar.NewReader(from)
	for {
		head, err := r.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return agent.Wrap(agent.CodeInvalid, err, "the archive can't be read: %v", err)
		}
		if head.Typeflag == tar.TypeXGlobalHeader { // a comment, as git writes it
			continue
		}
		below := path.Clean(head.Name)
		if path.IsAbs(below) || below == ".." || strings.HasPrefix(below, "../") || strings.ContainsRune(head.Name, 0) {
			return agent.Errorf(agent.CodeInvalid, "the name %q in the archive leads outside", head.Name)
		}
		name, mode := path.Join(folder, below), os.FileMode(head.Mode).Perm()
		switch head.Typeflag {
		case tar.TypeDir:
			if err := makeFolder(root, name); err != nil {
				return err
			}
			folders = append(folders, late{name, mode, head.ModTime})
		case tar.TypeReg:
			if err := put(root, name, r, mode); err != nil {
				return err
			}
			_ = root.Chtimes(name, head.ModTime, head.ModTime)
		case tar.TypeSymlink:
			if err := replace(root, name); err != nil {
				return err
			}
			if err := root.Symlink(head.Linkname, name); err != nil {
				return err
			}
		default:
			return agent.Errorf(agent.CodeInvalid, "%q in the archive is neither a file nor a folder nor a symbolic link", head.Name)
		}
	}
	for _, f := range slices.Backward(folders) {
		if err := root.Chmod(f.name, f.mode); err != nil {
			return err
		}
		_ = root.Chtimes(f.name, f.time, f.time)
	}
	return nil
}

// makeFolder makes a folder where one is not yet; a link to one is replaced.
func makeFolder(root *os.Root, name string) error {
	if info, err := root.Lstat(name); err == nil && !info.IsDir() {
		if err := root.Remove(name); err != nil {
			return err
		}
	}
	return root.MkdirAll(name, 0o755)
}

// replace makes room for a name and the folders above it.
func replace(root *os.Root, name string) error {
	if err := root.MkdirAll(path.Dir(name), 0o755); err != nil {
		return err
	}
	info, err := root.Lstat(name)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if info.IsDir() {
		return agent.Errorf(agent.CodeInvalid, "%s is a folder", name)
	}
	return root.Remove(name)
}

// put writes a new file in the place of what was there.
func put(root *os.Root, name string, from io.Reader, mode os.FileMode) error {
	if err := replace(root, name); err != nil {
		return err
	}
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(f, from)
	if err == nil {
		err = f.Chmod(mode)
	}
	if closed := f.Close(); err == nil {
		err = closed
	}
	if err != nil {
		_ = root.Remove(name)
	}
	return err
}

// sayFile turns an error of the file system into one for people.
func sayFile(err error, name string) error {
	var known *agent.Error
	switch {
	case errors.As(err, &known):
		return err
	case errors.Is(err, fs.ErrNotExist):
		return agent.Wrap(agent.CodeNotFound, err, "there is no %s", name)
	case errors.Is(err, syscall.ENOSPC):
		return agent.Wrap(agent.CodeConflict, err, "the disk of the workspace is full")
	case errors.Is(err, syscall.ENOTDIR), errors.Is(err, syscall.EISDIR), errors.Is(err, syscall.ELOOP), errors.Is(err, syscall.ENAMETOOLONG), errors.Is(err, syscall.EEXIST):
		return agent.Wrap(agent.CodeInvalid, err, "%s: %v", name, reason(err))
	case errors.Is(err, fs.ErrPermission):
		return agent.Wrap(agent.CodeDenied, err, "%s may not be opened", name)
	case strings.Contains(err.Error(), "path escapes from parent"): // os.Root has no value for it
		return agent.Wrap(agent.CodeInvalid, err, "%s leads outside", name)
	}
	return fmt.Errorf("%s: %w", name, err)
}

// reason is what the system said, without paths.
func reason(err error) error {
	if e, ok := errors.AsType[syscall.Errno](err); ok {
		return e
	}
	return err
}
