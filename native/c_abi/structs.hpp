// Structs that cross the border start with their size, as the caller was compiled. So a library and a caller
// of different ages understand each other: what one of them does not know is not written, and not read.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>

#include "c_abi/first_sizes.hpp"
#include "core/status.hpp"

namespace datablock::c_abi {

[[noreturn]] inline void refuse(const std::string& why) {
  throw Error(Status::INVALID_ARGUMENT, why);
}

template <class T>
T& required(T* pointer, const char* name) {
  if (pointer == nullptr) {
    refuse(std::string(name) + " is NULL.");
  }
  return *pointer;
}

template <class Struct>
void check_size(const Struct& given, const char* name) {
  if (given.struct_size < kFirstSize<Struct>) {
    refuse(std::string("struct_size of ") + name + " is not set: use DATABLOCK_INIT.");
  }
}

/// Input of a caller: what it does not know is zero; what we do not know must be.
template <class Struct>
Struct read_struct(const Struct& given, const char* name) {
  check_size(given, name);
  const auto* bytes = reinterpret_cast<const unsigned char*>(&given);
  if (std::any_of(bytes + std::min<std::size_t>(sizeof(Struct), given.struct_size), bytes + given.struct_size,
                  [](unsigned char byte) { return byte != 0; })) {
    refuse(std::string(name) + " asks for something that this version of the library does not know.");
  }
  Struct known{};
  std::memcpy(&known, &given, std::min<std::size_t>(sizeof(Struct), given.struct_size));
  return known;
}

/// Output for a caller: as much of `value` as it knows.
template <class Struct>
void write_struct(Struct& out, Struct value) {
  value.struct_size = out.struct_size;
  std::memcpy(static_cast<void*>(&out), &value, std::min<std::size_t>(sizeof(Struct), out.struct_size));
}

template <class Struct>
void write_out(Struct* out, const char* name, const Struct& value) {
  check_size(required(out, name), name);
  write_struct(*out, value);
}

/// An array of a caller's structs, whose elements are as large as the first one says.
template <class Struct>
class OutputArray {
 public:
  OutputArray(Struct* first, std::size_t capacity, const char* name)
      : first_(reinterpret_cast<unsigned char*>(first)), capacity_(capacity) {
    if (capacity > 0) {
      check_size(required(first, name), name);
      stride_ = first->struct_size;
    }
  }

  std::size_t capacity() const { return capacity_; }
  /// Beyond the capacity: dropped.
  void write(std::size_t index, const Struct& value) {
    if (index < capacity_) {
      Struct& out = *reinterpret_cast<Struct*>(first_ + index * stride_);
      out.struct_size = static_cast<std::uint32_t>(stride_);
      write_struct(out, value);
    }
  }

 private:
  unsigned char* first_;
  std::size_t capacity_;
  std::size_t stride_ = 0;
};

inline std::string text_or_empty(const char* text) {
  return text == nullptr ? std::string() : std::string(text);
}

}  // namespace datablock::c_abi
