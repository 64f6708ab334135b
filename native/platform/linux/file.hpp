// Owned descriptors and mappings, and the byte locks on a segment file.
#pragma once

#include <sys/mman.h>
#include <unistd.h>

#include <cstddef>
#include <cstdint>
#include <utility>

namespace datablock {

class FileDescriptor {
 public:
  FileDescriptor() = default;
  explicit FileDescriptor(int fd) : fd_(fd) {}
  FileDescriptor(FileDescriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  FileDescriptor& operator=(FileDescriptor&& other) noexcept {
    if (this != &other) {
      reset();
      fd_ = std::exchange(other.fd_, -1);
    }
    return *this;
  }
  ~FileDescriptor() { reset(); }

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }
  void reset() {
    if (fd_ >= 0) {
      close(fd_);
      fd_ = -1;
    }
  }

 private:
  int fd_ = -1;
};

class Mapping {
 public:
  Mapping() = default;
  Mapping(void* address, std::size_t size) : address_(address), size_(size) {}
  Mapping(Mapping&& other) noexcept
      : address_(std::exchange(other.address_, nullptr)), size_(std::exchange(other.size_, 0)) {}
  Mapping& operator=(Mapping&& other) noexcept {
    if (this != &other) {
      reset();
      address_ = std::exchange(other.address_, nullptr);
      size_ = std::exchange(other.size_, 0);
    }
    return *this;
  }
  ~Mapping() { reset(); }

  std::byte* data() const { return static_cast<std::byte*>(address_); }
  std::size_t size() const { return size_; }
  /// Lets go without unmapping: for a mapping that the child of a fork does not have.
  void forget() { address_ = nullptr; }
  void reset() {
    if (address_ != nullptr) {
      munmap(address_, size_);
      address_ = nullptr;
    }
  }

 private:
  void* address_ = nullptr;
  std::size_t size_ = 0;
};

/// Maps part of a file, shared. Throws Error(SYSTEM) when the kernel refuses.
Mapping map_file(int fd, std::uint64_t offset, std::uint64_t size, bool writable, bool populate);

/// Opens the file behind `fd` once more: a description of its own, whose locks are its own. Throws
/// Error(PERMISSION / SYSTEM). `path` is used where /proc is missing, and only if it still is the same file.
FileDescriptor reopen(int fd, const char* path, int flags);

/// Which file a descriptor speaks of, whatever the file's name and the descriptor's number.
struct FileIdentity {
  std::uint64_t device = 0;
  std::uint64_t inode = 0;

  friend bool operator==(const FileIdentity&, const FileIdentity&) = default;
};

/// All zero for a descriptor that is closed.
FileIdentity identity_of(int fd);

/// Same file, by device and inode?
bool is_same_file(int a, int b);

// Open-file-description locks (fcntl(2)): they belong to the description, and go with its last reference,
// which the kernel drops when the process dies, however it dies.

/// Takes a write lock on the bytes if nobody else has any of them. Needs a descriptor that is open for
/// writing.
bool try_lock(int fd, std::int64_t start, std::int64_t length);
void unlock(int fd, std::int64_t start, std::int64_t length);

enum class LockState { free, held, unknown };

/// Does another description hold a lock on the byte? Works on a read-only descriptor and takes nothing.
LockState probe_lock(int fd, std::int64_t byte);

}  // namespace datablock
