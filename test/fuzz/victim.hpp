// A block in a private directory whose bytes a fuzzer may set, and everything that a tool does with a block.
#pragma once

#include <cstdint>
#include <cstdlib>
#include <span>
#include <string>
#include <vector>

#include "core/consumer.hpp"
#include "core/diagnosis.hpp"
#include "core/producer.hpp"
#include "core/recovery.hpp"
#include "core/validation.hpp"

namespace datablock::fuzz {

inline constexpr const char* kBlock = "victim";

/// The private directory; removed when the process ends.
const std::string& directory();

/// Bytes of a healthy small block: 3 slots, a few messages, checksums.
const std::vector<std::byte>& healthy_block();

/// Puts exactly these bytes under the block's name.
void write_victim(std::span<const std::byte> bytes);

/// The bytes that lie under the block's name now.
std::vector<std::byte> read_victim();

/// All that an observer does. Must not change a byte, crash or hang; an Error is a good answer.
void observe(const Observer& observer);

/// Attach, read, write, recover: must not crash or hang, whatever the words say.
void participate();

/// Consumes fuzzer input front to back; zero when it has run out.
class Input {
 public:
  Input(const std::uint8_t* data, std::size_t size) : rest_(reinterpret_cast<const std::byte*>(data), size) {}
  bool is_empty() const { return rest_.empty(); }
  std::span<const std::byte> rest() const { return rest_; }
  template <class T>
  T take() {
    T value{};
    const std::size_t size = std::min(sizeof value, rest_.size());
    std::copy_n(rest_.data(), size, reinterpret_cast<std::byte*>(&value));
    rest_ = rest_.subspan(size);
    return value;
  }

 private:
  std::span<const std::byte> rest_;
};

}  // namespace datablock::fuzz
