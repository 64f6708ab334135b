// What lies in the messages of a block: names, types and places of the fields of a record, as one canonical
// text (docs/schema.md says its grammar). Equal texts, equal hashes, equal records, in every language.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/status.hpp"

namespace datablock {

/// Longest canonical text, bytes: what the header group has room for.
inline constexpr std::size_t kMaxSchemaText = 57'344;
inline constexpr std::size_t kMaxSchemaName = 63;
/// Bytes of UTF-8.
inline constexpr std::size_t kMaxUnit = 64;
/// Largest alignment of a record: slots begin on pages at most.
inline constexpr std::uint64_t kMaxSchemaAlign = 4096;
/// Structs within structs, the record itself included.
inline constexpr unsigned kMaxSchemaDepth = 16;
inline constexpr std::uint64_t kMaxSchemaSize = std::uint64_t{1} << 40;

enum class FieldType : std::uint8_t {
  i8,
  i16,
  i32,
  i64,
  u8,
  u16,
  u32,
  u64,
  f32,
  f64,
  boolean,
  chars,   ///< char[N]: UTF-8, zero-padded
  bytes,   ///< bytes[N]
  record,  ///< a struct
};

struct SchemaField {
  std::string name{};
  FieldType type = FieldType::u8;
  std::uint64_t width = 0;               ///< bytes of one element
  std::optional<std::uint64_t> count{};  ///< elements of an array; none: a single value
  std::uint64_t offset = 0;              ///< bytes from the begin of the struct that it is a field of
  std::string unit{};                    ///< empty: none

  std::uint64_t align = 1;  ///< of a struct
  std::vector<SchemaField> fields{};

  /// Bytes of all elements.
  std::uint64_t size() const { return width * count.value_or(1); }
  bool operator==(const SchemaField&) const = default;
};

struct SchemaVersion {
  std::uint16_t major = 0;
  std::uint16_t minor = 0;
  std::uint16_t patch = 0;

  auto operator<=>(const SchemaVersion&) const = default;
};

/// A record. Little-endian always: so are blocks.
struct Schema {
  std::string name{};
  SchemaVersion version{};
  std::uint64_t size = 0;
  std::uint64_t align = 1;
  std::vector<SchemaField> fields{};

  bool operator==(const Schema&) const = default;
};

/// BLAKE2b-256 of the canonical text.
using SchemaHash = std::array<std::uint8_t, 32>;

/// Reads a canonical text; anything but one, byte for byte, is refused: so is a record that cannot be (fields
/// that overlap, leave it, or are not in the order of their offsets; names that are none or come twice).
/// Throws Error(SCHEMA_INVALID) that says what and where.
Schema parse_schema(std::string_view text);

/// The canonical text. Throws Error(SCHEMA_INVALID) for a record that cannot be.
std::string canonical_text(const Schema& schema);

SchemaHash schema_hash(std::string_view canonical_text);

/// The first 128 bits of the hash, 32 hexadecimal digits.
std::string short_schema_id(const SchemaHash& hash);

std::string to_string(const SchemaVersion& version);
/// `f64`, `char[16]`, `struct`: as the canonical text has it.
std::string to_string(const SchemaField& field);

/// One thing in which two schemas differ.
struct SchemaDifference {
  std::string text;    ///< "field pose.x: is f32 at 8, asked for f64 at 8"
  bool is_compatible;  ///< a reader is not concerned: a field that it does not know, a later minor version
};

/// In what the schema of a block differs from the one that was asked for. Empty: they are equal.
std::vector<SchemaDifference> schema_differences(const Schema& block, const Schema& asked);

/// What a participant's schema must have in common with the block's.
enum class SchemaMatch : std::uint8_t {
  exact,       ///< everything
  compatible,  ///< name and major version, and every field that it has: the block may have more (readers
               ///< only)
};

/// The schema of a block is not the one that was asked for.
class SchemaValidationError : public Error {
 public:
  SchemaValidationError(Status status, const std::string& detail, std::vector<std::string> differences = {});

  /// One line each, all of them; what() names the first few.
  const std::vector<std::string>& differences() const noexcept { return differences_; }

 private:
  std::vector<std::string> differences_;
};

/// May a participant that works on records of schema `asked` use a block of schema `block` (canonical texts;
/// empty: none)? Whoever asks for none may: it sees bytes. Throws SchemaValidationError: SCHEMA_MISMATCH with
/// the differences, NO_SCHEMA when the block has none; Error(SCHEMA_INVALID) when `asked` is no schema.
void require_schema(std::string_view block, std::string_view asked, SchemaMatch match);

}  // namespace datablock
