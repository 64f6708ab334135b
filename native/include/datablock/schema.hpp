// Schemas of C++ structs: DATABLOCK_SCHEMA describes a struct once, checked by the compiler, and every
// process that reads or writes its records compares that with what the block says (docs/schema.md).
//
//     struct SensorData {
//       std::uint64_t timestamp;
//       double x, y, z;
//       char label[16];
//     };
//     DATABLOCK_SCHEMA(SensorData, "1.0.0", (timestamp, "ns"), (x, "m"), (y, "m"), (z, "m"), label);
//
// Write it in the namespace of the struct, after the struct. Every member, in the order of its declaration; a
// member with a unit is written as (member, "unit"). It does not compile when the struct is not trivially
// copyable, when a member is missing, misspelt or out of place, or is of a type that no other language could
// read (pointers, references, unions, bit-fields, long double, ...). A struct within a struct needs its own
// DATABLOCK_SCHEMA; arrays and std::array count their elements, row by row; an enum is its underlying type.
//
// Needs C++20. Costs nothing at run time but one text, made at its first use.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <type_traits>

#include "core/schema.hpp"

namespace datablock {

namespace schema_detail {

/// What is known of a member when it is compiled.
struct Member {
  std::string_view name;
  std::string_view unit;
  std::size_t offset;
  std::size_t size;
  void (*describe)(SchemaField&);  ///< fills in type, width and count; of a struct also its fields
};

template <std::size_t kMembers>
struct Description {
  std::string_view name;
  std::string_view version;
  std::array<Member, kMembers> members;
};
template <std::size_t kMembers>
Description(std::string_view, std::string_view, std::array<Member, kMembers>) -> Description<kMembers>;

/// Found by argument-dependent lookup: what DATABLOCK_SCHEMA declared for T.
template <class T>
concept Described = requires {
  datablock_describe(static_cast<const T*>(nullptr));
};

// ---------------------------------------------------------------------------------------------- types

template <class T>
inline constexpr bool is_std_array = false;
template <class T, std::size_t kCount>
inline constexpr bool is_std_array<std::array<T, kCount>> = true;

/// Elements of an array of arrays, counted through; what is no array is 0 elements.
template <class T>
struct Elements {
  using type = T;
  static constexpr std::size_t count = 0;
};
template <class T, std::size_t kCount>
struct Elements<T[kCount]> {
  using type = typename Elements<T>::type;
  static constexpr std::size_t count = kCount * (Elements<T>::count == 0 ? 1 : Elements<T>::count);
};
template <class T, std::size_t kCount>
struct Elements<std::array<T, kCount>> : Elements<T[kCount]> {};

/// Length of the innermost array.
template <class T>
inline constexpr std::size_t innermost = 0;
template <class T, std::size_t kCount>
inline constexpr std::size_t innermost<T[kCount]> = innermost<T> == 0 ? kCount : innermost<T>;
template <class T, std::size_t kCount>
inline constexpr std::size_t innermost<std::array<T, kCount>> = innermost<T[kCount]>;

template <class T>
constexpr FieldType scalar_type() {
  if constexpr (std::is_same_v<T, bool>) {
    return FieldType::boolean;
  } else if constexpr (std::is_same_v<T, char>) {
    return FieldType::chars;
  } else if constexpr (std::is_same_v<T, std::byte>) {
    return FieldType::bytes;
  } else if constexpr (std::is_enum_v<T>) {
    return scalar_type<std::underlying_type_t<T>>();
  } else if constexpr (std::is_floating_point_v<T>) {
    static_assert(sizeof(T) <= 8, "DATABLOCK_SCHEMA: long double has no counterpart in other languages");
    return sizeof(T) == 4 ? FieldType::f32 : FieldType::f64;
  } else if constexpr (std::is_integral_v<T>) {
    static_assert(sizeof(T) <= 8, "DATABLOCK_SCHEMA: integers have at most 64 bits");
    constexpr FieldType kSigned[] = {FieldType::i8, FieldType::i16, FieldType::i32, FieldType::i64};
    constexpr FieldType kUnsigned[] = {FieldType::u8, FieldType::u16, FieldType::u32, FieldType::u64};
    constexpr std::size_t log2 = sizeof(T) == 1 ? 0 : sizeof(T) == 2 ? 1 : sizeof(T) == 4 ? 2 : 3;
    return std::is_signed_v<T> ? kSigned[log2] : kUnsigned[log2];
  } else {
    static_assert(Described<T>,
                  "DATABLOCK_SCHEMA: a member is of a type that no other language could read, or of a struct "
                  "that has no DATABLOCK_SCHEMA of its own");
    return FieldType::record;
  }
}

template <class T>
void append_fields(std::vector<SchemaField>& fields);

template <class M>
void describe_member(SchemaField& field) {
  using Element = typename Elements<std::remove_cv_t<M>>::type;
  using T = std::remove_cv_t<Element>;
  constexpr std::size_t kCount = Elements<std::remove_cv_t<M>>::count;
  field.type = scalar_type<T>();
  field.width = sizeof(T);
  if constexpr (std::is_same_v<T, char> || std::is_same_v<T, std::byte>) {
    // The innermost array is the text; arrays around it are arrays of texts.
    constexpr std::size_t kLength = kCount == 0 ? 1 : innermost<std::remove_cv_t<M>>;
    field.width = kLength;
    if (kCount > kLength) {
      field.count = kCount / kLength;
    }
  } else {
    if (kCount > 0) {
      field.count = kCount;
    }
    if constexpr (Described<T>) {
      field.align = alignof(T);
      append_fields<T>(field.fields);
    }
  }
}

template <class M>
constexpr Member member(std::string_view name, std::string_view unit, std::size_t offset) {
  return {name, unit, offset, sizeof(M), &describe_member<M>};
}

// ---------------------------------------------------------------------------------------------- checks

/// "1.0.0"
constexpr bool is_version(std::string_view text) {
  for (int part = 0; part < 3; ++part) {
    unsigned value = 0;
    std::size_t digits = 0;
    for (; digits < text.size() && text[digits] >= '0' && text[digits] <= '9' && value <= 65535; ++digits) {
      value = value * 10 + static_cast<unsigned>(text[digits] - '0');
    }
    if (digits == 0 || value > 65535 || (digits > 1 && text[0] == '0')) {
      return false;
    }
    text.remove_prefix(digits);
    if (part < 2) {
      if (text.empty() || text[0] != '.') {
        return false;
      }
      text.remove_prefix(1);
    }
  }
  return text.empty();
}

constexpr SchemaVersion parse_version(std::string_view text) {
  std::uint16_t parts[3] = {};
  std::size_t part = 0;
  for (const char c : text) {
    if (c == '.') {
      ++part;
    } else {
      parts[part] = static_cast<std::uint16_t>(parts[part] * 10 + (c - '0'));
    }
  }
  return {parts[0], parts[1], parts[2]};
}

/// The members follow one another, and what lies between them and after them is less than the alignment of
/// the struct can explain: so nothing that is larger than padding was left out.
template <class T, std::size_t kMembers>
constexpr bool sizes_add_up(const Description<kMembers>& description) {
  std::size_t end = 0;
  for (const Member& member : description.members) {
    if (member.offset < end || member.offset - end >= alignof(T)) {
      return false;
    }
    end = member.offset + member.size;
  }
  return end <= sizeof(T) && sizeof(T) - end < alignof(T);
}

template <class T>
constexpr bool check() {
  static_assert(std::is_class_v<T>, "DATABLOCK_SCHEMA: describes a struct");
  static_assert(
      std::is_trivially_copyable_v<T>,
      "DATABLOCK_SCHEMA: the struct is not trivially copyable, so its bytes alone are not its value");
  static_assert(
      std::is_standard_layout_v<T>,
      "DATABLOCK_SCHEMA: the struct has no standard layout (base classes, virtual functions, access)");
  static_assert(alignof(T) <= kMaxSchemaAlign, "DATABLOCK_SCHEMA: the struct is aligned to more than a page");
  constexpr auto kDescription = datablock_describe(static_cast<const T*>(nullptr));
  static_assert(is_version(kDescription.version),
                "DATABLOCK_SCHEMA: the version is MAJOR.MINOR.PATCH, such as \"1.0.0\"");
  static_assert(sizes_add_up<T>(kDescription),
                "DATABLOCK_SCHEMA: a member is missing, or they are not in the order of their declaration");
  return true;
}

template <class T>
void append_fields(std::vector<SchemaField>& fields) {
  constexpr auto kDescription = datablock_describe(static_cast<const T*>(nullptr));
  for (const Member& member : kDescription.members) {
    SchemaField& field = fields.emplace_back();
    field.name = member.name;
    field.unit = member.unit;
    field.offset = member.offset;
    member.describe(field);
  }
}

}  // namespace schema_detail

/// A struct that DATABLOCK_SCHEMA describes.
template <class T>
concept Record = schema_detail::Described<T>;

/// The description of T. Thread-safe; the reference is valid for the life of the process.
template <Record T>
const Schema& schema_of() {
  static const Schema schema = [] {
    constexpr auto kDescription = datablock_describe(static_cast<const T*>(nullptr));
    Schema made;
    made.name = kDescription.name;
    made.version = schema_detail::parse_version(kDescription.version);
    made.size = sizeof(T);
    made.align = alignof(T);
    schema_detail::append_fields<T>(made.fields);
    return made;
  }();
  return schema;
}

/// Its canonical text: what JoinOptions::schema and BlockConfig::schema take. Throws Error(SCHEMA_INVALID)
/// where a limit of docs/schema.md is exceeded that no compiler checks (units, nesting, length of the text).
template <Record T>
const std::string& schema_text() {
  static const std::string text = canonical_text(schema_of<T>());
  return text;
}

}  // namespace datablock

// ---------------------------------------------------------------------------------------------- the macro

// Applies MACRO to each argument: every round of EXPAND lets one more deferred step run.
#define DATABLOCK_PARENS_ ()
#define DATABLOCK_EXPAND_(...) \
  DATABLOCK_EXPAND3_(DATABLOCK_EXPAND3_(DATABLOCK_EXPAND3_(DATABLOCK_EXPAND3_(__VA_ARGS__))))
#define DATABLOCK_EXPAND3_(...) \
  DATABLOCK_EXPAND2_(DATABLOCK_EXPAND2_(DATABLOCK_EXPAND2_(DATABLOCK_EXPAND2_(__VA_ARGS__))))
#define DATABLOCK_EXPAND2_(...) \
  DATABLOCK_EXPAND1_(DATABLOCK_EXPAND1_(DATABLOCK_EXPAND1_(DATABLOCK_EXPAND1_(__VA_ARGS__))))
#define DATABLOCK_EXPAND1_(...) __VA_ARGS__
#define DATABLOCK_LIST_(macro, ...) __VA_OPT__(DATABLOCK_EXPAND_(DATABLOCK_LIST_STEP_(macro, __VA_ARGS__)))
#define DATABLOCK_LIST_STEP_(macro, first, ...) \
  macro(first) __VA_OPT__(, DATABLOCK_LIST_AGAIN_ DATABLOCK_PARENS_(macro, __VA_ARGS__))
#define DATABLOCK_LIST_AGAIN_() DATABLOCK_LIST_STEP_

// `member` or `(member, "unit")`: a parenthesised argument makes DATABLOCK_PROBE_ a call, which puts a 1
// where the 0 would be.
#define DATABLOCK_PROBE_(...) ~, 1
#define DATABLOCK_SECOND_(...) DATABLOCK_SECOND2_(__VA_ARGS__)
#define DATABLOCK_SECOND2_(first, second, ...) second
#define DATABLOCK_HAS_UNIT_(member) DATABLOCK_SECOND_(DATABLOCK_PROBE_ member, 0, ~)
#define DATABLOCK_JOIN_(a, b) DATABLOCK_JOIN2_(a, b)
#define DATABLOCK_JOIN2_(a, b) a##b
#define DATABLOCK_FIRST_OF_PAIR_(name, unit) name
#define DATABLOCK_SECOND_OF_PAIR_(name, unit) unit
#define DATABLOCK_NAME_0_(member) member
#define DATABLOCK_NAME_1_(member) DATABLOCK_FIRST_OF_PAIR_ member
#define DATABLOCK_UNIT_0_(member) ""
#define DATABLOCK_UNIT_1_(member) DATABLOCK_SECOND_OF_PAIR_ member
#define DATABLOCK_NAME_(member) \
  DATABLOCK_JOIN_(DATABLOCK_JOIN_(DATABLOCK_NAME_, DATABLOCK_HAS_UNIT_(member)), _)(member)
#define DATABLOCK_UNIT_(member) \
  DATABLOCK_JOIN_(DATABLOCK_JOIN_(DATABLOCK_UNIT_, DATABLOCK_HAS_UNIT_(member)), _)(member)

#define DATABLOCK_MEMBER_(member) DATABLOCK_MEMBER2_(DATABLOCK_NAME_(member), DATABLOCK_UNIT_(member))
#define DATABLOCK_MEMBER2_(name, unit) DATABLOCK_MEMBER3_(name, unit)
#define DATABLOCK_MEMBER3_(name, unit) \
  ::datablock::schema_detail::member<decltype(Self::name)>(#name, unit, offsetof(Self, name))

/// Describes `Type`, version `version`, whose members are the other arguments (see the top of this file).
// The structured binding has one name for each member: it does not compile with one too few or too many.
#define DATABLOCK_SCHEMA(Type, version, ...)                                               \
  [[maybe_unused]] constexpr auto datablock_describe(const Type*) {                        \
    using Self = Type;                                                                     \
    return ::datablock::schema_detail::Description{                                        \
        #Type, version, std::array{DATABLOCK_LIST_(DATABLOCK_MEMBER_, __VA_ARGS__)}};      \
  }                                                                                        \
  [[maybe_unused]] inline void datablock_count_members(const Type& record) {               \
    [[maybe_unused]] const auto& [DATABLOCK_LIST_(DATABLOCK_NAME_, __VA_ARGS__)] = record; \
  }                                                                                        \
  static_assert(::datablock::schema_detail::check<Type>())
