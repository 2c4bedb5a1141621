#pragma once

#include <unroll/framework/files/file_descriptor.hpp>

#include <filesystem>

namespace unroll::inline v0 {

/// Says that this process, and no other, writes a file over and over, as long as the object lives. The lock is that of
/// the operating system on a file beside it, `<path>.lock`, so that it ends with the process, however that ends. The
/// destructor removes that file; one that a killed process has left is no lock, and the next owner removes it. On a
/// file system without locks, such as some on a network, the object keeps nobody out, and a training goes on all the
/// same.
class FileLock {
 public:
  /// Throws IoError when another process, or another object, has the lock, and when the file cannot be made.
  explicit FileLock(const std::filesystem::path& path);
  ~FileLock();
  FileLock(const FileLock&) = delete;
  FileLock& operator=(const FileLock&) = delete;

 private:
  std::filesystem::path lock_path_;
  detail::FileDescriptor file_{-1};
};

}  // namespace unroll::inline v0
