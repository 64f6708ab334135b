#include "core/schema.hpp"

#include <sodium.h>

#include <algorithm>
#include <charconv>
#include <set>

#include "core/hex.hpp"

namespace datablock {
namespace {

[[noreturn]] void refuse(const std::string& detail) {
  throw Error(Status::SCHEMA_INVALID, detail);
}

// ---------------------------------------------------------------------------------------------- words

struct TypeName {
  FieldType type;
  std::string_view name;
  std::uint64_t width;  ///< 0: says itself how wide it is
};

constexpr TypeName kTypes[] = {
    {FieldType::i8, "i8", 1},       {FieldType::i16, "i16", 2},       {FieldType::i32, "i32", 4},
    {FieldType::i64, "i64", 8},     {FieldType::u8, "u8", 1},         {FieldType::u16, "u16", 2},
    {FieldType::u32, "u32", 4},     {FieldType::u64, "u64", 8},       {FieldType::f32, "f32", 4},
    {FieldType::f64, "f64", 8},     {FieldType::boolean, "bool", 1},  {FieldType::chars, "char", 0},
    {FieldType::bytes, "bytes", 0}, {FieldType::record, "struct", 0},
};

const TypeName& name_of(FieldType type) {
  return *std::find_if(std::begin(kTypes), std::end(kTypes),
                       [type](const TypeName& row) { return row.type == type; });
}

bool is_identifier(std::string_view text) {
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_'; };
  const auto is_digit = [](char c) { return c >= '0' && c <= '9'; };
  return !text.empty() && text.size() <= kMaxSchemaName && is_letter(text[0]) &&
         std::all_of(text.begin(), text.end(), [&](char c) { return is_letter(c) || is_digit(c); });
}

/// Identifiers joined by dots.
bool is_schema_name(std::string_view text) {
  if (text.size() > kMaxSchemaName) {
    return false;
  }
  for (;;) {
    const std::size_t dot = text.find('.');
    if (!is_identifier(text.substr(0, dot))) {
      return false;
    }
    if (dot == std::string_view::npos) {
      return true;
    }
    text.remove_prefix(dot + 1);
  }
}

/// Bytes of the UTF-8 character that `text` begins with; 0 when it begins with none (RFC 3629: no overlong
/// forms, no surrogates).
std::size_t utf8_length(std::string_view text) {
  const auto byte = [&](std::size_t i) { return i < text.size() ? static_cast<unsigned char>(text[i]) : 0U; };
  const unsigned first = byte(0);
  if (first < 0x80) {
    return 1;
  }
  struct Form {
    unsigned least_first;
    unsigned most_first;
    unsigned least_second;
    unsigned most_second;
    std::size_t length;
  };
  constexpr Form kForms[] = {
      {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3}, {0xe1, 0xec, 0x80, 0xbf, 3},
      {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3}, {0xf0, 0xf0, 0x90, 0xbf, 4},
      {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
  };
  for (const Form& form : kForms) {
    if (first < form.least_first || first > form.most_first) {
      continue;
    }
    bool whole = byte(1) >= form.least_second && byte(1) <= form.most_second;
    for (std::size_t i = 2; i < form.length; ++i) {
      whole &= byte(i) >= 0x80 && byte(i) <= 0xbf;
    }
    return whole ? form.length : 0;
  }
  return 0;
}

/// Up to 64 bytes of UTF-8 without control characters.
bool is_unit(std::string_view text) {
  if (text.size() > kMaxUnit) {
    return false;
  }
  while (!text.empty()) {
    const std::size_t length = utf8_length(text);
    const auto first = static_cast<unsigned char>(text[0]);
    if (length == 0 || first < 0x20 || first == 0x7f) {
      return false;
    }
    text.remove_prefix(length);
  }
  return true;
}

// ---------------------------------------------------------------------------------------------- rules

/// What both a text and a hand-made description must obey.
class Rules {
 public:
  static void check(const Schema& schema) {
    if (!is_schema_name(schema.name)) {
      refuse("its name is no name: identifiers of A-Z a-z 0-9 _ joined by dots, at most 63 bytes.");
    }
    check_struct("the record", schema.size, schema.align, schema.fields, 1);
  }

 private:
  static void check_struct(const std::string& where, std::uint64_t size, std::uint64_t align,
                           const std::vector<SchemaField>& fields, unsigned depth) {
    if (depth > kMaxSchemaDepth) {
      refuse(where + " is nested more than " + std::to_string(kMaxSchemaDepth) + " deep.");
    }
    if (align < 1 || align > kMaxSchemaAlign || (align & (align - 1)) != 0) {
      refuse("the alignment of " + where + " is no power of two from 1 to " +
             std::to_string(kMaxSchemaAlign) + ".");
    }
    if (size < 1 || size > kMaxSchemaSize || size % align != 0) {
      refuse("the size of " + where + " is not 1 to 2^40, or no multiple of its alignment.");
    }
    if (fields.empty()) {
      refuse(where + " has no fields.");
    }
    std::set<std::string_view> names;
    std::uint64_t end = 0;
    for (const SchemaField& field : fields) {
      const std::string path = depth == 1 ? field.name : where + "." + field.name;
      check_field(path, field, depth);
      if (!names.insert(field.name).second) {
        refuse("field " + path + " is there twice.");
      }
      if (field.offset < end) {
        refuse("field " + path + " begins before the field before it ends.");
      }
      if (field.offset > size || field.size() > size - field.offset) {
        refuse("field " + path + " ends after its struct.");
      }
      end = field.offset + field.size();
    }
  }

  static void check_field(const std::string& path, const SchemaField& field, unsigned depth) {
    if (!is_identifier(field.name)) {
      refuse("a field's name is no identifier of A-Z a-z 0-9 _, at most 63 bytes.");
    }
    const std::uint64_t width = name_of(field.type).width;
    if (width != 0 ? field.width != width : field.width < 1 || field.width > kMaxSchemaSize) {
      refuse("field " + path + " has an impossible width.");
    }
    if (field.count && (*field.count < 1 || *field.count > kMaxSchemaSize / field.width)) {
      refuse("field " + path + " has no elements, or too many.");
    }
    if (!is_unit(field.unit)) {
      refuse("the unit of field " + path + " is not UTF-8 of at most 64 bytes without control characters.");
    }
    if (field.type == FieldType::record) {
      if (!field.unit.empty()) {
        refuse("field " + path + " is a struct and has a unit.");
      }
      check_struct(path, field.width, field.align, field.fields, depth + 1);
    } else if (field.align != 1 || !field.fields.empty()) {
      refuse("field " + path + " is no struct and has fields or an alignment.");
    }
  }
};

// ---------------------------------------------------------------------------------------------- text

class Writer {
 public:
  static std::string text_of(const Schema& schema) {
    Writer writer;
    writer.text_ =
        R"({"dialect":1,"name":")" + schema.name + R"(","version":")" + to_string(schema.version) + '"';
    writer.number("size", schema.size);
    writer.number("align", schema.align);
    writer.text_ += R"(,"endian":"little")";
    writer.fields(schema.fields);
    writer.text_ += '}';
    return std::move(writer.text_);
  }

 private:
  void number(std::string_view key, std::uint64_t value) {
    text_ += ",\"";
    text_ += key;
    text_ += "\":";
    text_ += std::to_string(value);
  }

  void fields(const std::vector<SchemaField>& fields) {
    text_ += R"(,"fields":[)";
    for (std::size_t i = 0; i < fields.size(); ++i) {
      field(fields[i], i > 0);
    }
    text_ += ']';
  }

  void field(const SchemaField& field, bool follows) {
    text_ += follows ? R"(,{"name":")" : R"({"name":")";
    text_ += field.name + R"(","type":")" + to_string(field) + '"';
    if (field.count) {
      number("count", *field.count);
    }
    number("offset", field.offset);
    if (!field.unit.empty()) {
      text_ += R"(,"unit":")";
      for (const char c : field.unit) {
        if (c == '"' || c == '\\') {
          text_ += '\\';
        }
        text_ += c;
      }
      text_ += '"';
    }
    if (field.type == FieldType::record) {
      number("size", field.width);
      number("align", field.align);
      fields(field.fields);
    }
    text_ += '}';
  }

  std::string text_;
};

/// Reads what Writer writes, and nothing else: the order of the keys is fixed and there is no white space, so
/// each step knows what comes next.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text), size_(text.size()) {}

  Schema schema() {
    Schema schema;
    expect(R"({"dialect":)");
    if (const std::uint64_t dialect = number(); dialect != 1) {
      refuse("it is of dialect " + std::to_string(dialect) + ", and this is a reader of dialect 1.");
    }
    expect(R"(,"name":)");
    schema.name = string();
    expect(R"(,"version":)");
    schema.version = version();
    expect(R"(,"size":)");
    schema.size = number();
    expect(R"(,"align":)");
    schema.align = number();
    expect(R"(,"endian":"little","fields":)");
    schema.fields = fields(1);
    expect("}");
    if (!rest_.empty()) {
      fail("the end");
    }
    return schema;
  }

 private:
  [[noreturn]] void fail(std::string_view wanted) const {
    refuse("it is not in canonical form: at byte " + std::to_string(size_ - rest_.size()) + " " +
           std::string(wanted) + " is missing.");
  }

  bool accept(std::string_view literal) {
    if (!rest_.starts_with(literal)) {
      return false;
    }
    rest_.remove_prefix(literal.size());
    return true;
  }
  void expect(std::string_view literal) {
    if (!accept(literal)) {
      fail(literal);
    }
  }

  std::string string() {
    expect("\"");
    std::string value;
    while (!accept("\"")) {
      if (accept("\\") && !rest_.starts_with('"') && !rest_.starts_with('\\')) {
        fail("an escaped \" or \\");
      }
      if (rest_.empty()) {
        fail("\"");
      }
      value += rest_[0];
      rest_.remove_prefix(1);
    }
    return value;
  }

  /// Decimal, without leading zeros.
  std::uint64_t number() {
    std::uint64_t value = 0;
    const auto [end, error] = std::from_chars(rest_.data(), rest_.data() + rest_.size(), value);
    const auto length = static_cast<std::size_t>(end - rest_.data());
    if (error != std::errc{} || (length > 1 && rest_[0] == '0')) {
      fail("a number");
    }
    rest_.remove_prefix(length);
    return value;
  }

  std::uint16_t version_part() {
    const std::uint64_t part = number();
    if (part > UINT16_MAX) {
      refuse("a part of its version is more than 65535.");
    }
    return static_cast<std::uint16_t>(part);
  }

  SchemaVersion version() {
    SchemaVersion version;
    expect("\"");
    version.major = version_part();
    expect(".");
    version.minor = version_part();
    expect(".");
    version.patch = version_part();
    expect("\"");
    return version;
  }

  void type(SchemaField& field) {
    expect("\"");
    for (const TypeName& row : kTypes) {
      if (rest_.starts_with(row.name) && rest_.size() > row.name.size() &&
          (rest_[row.name.size()] == '"' || rest_[row.name.size()] == '[')) {
        rest_.remove_prefix(row.name.size());
        field.type = row.type;
        field.width = row.width;
        if (row.type == FieldType::chars || row.type == FieldType::bytes) {
          expect("[");
          field.width = number();
          expect("]");
        }
        expect("\"");
        return;
      }
    }
    fail("a type");
  }

  SchemaField field(unsigned depth) {
    SchemaField field;
    expect(R"({"name":)");
    field.name = string();
    expect(R"(,"type":)");
    type(field);
    if (accept(R"(,"count":)")) {
      field.count = number();
    }
    expect(R"(,"offset":)");
    field.offset = number();
    if (accept(R"(,"unit":)")) {
      field.unit = string();
      if (field.unit.empty()) {
        refuse("the unit of field " + field.name + " is empty.");
      }
    }
    if (field.type == FieldType::record) {
      expect(R"(,"size":)");
      field.width = number();
      expect(R"(,"align":)");
      field.align = number();
      expect(R"(,"fields":)");
      field.fields = fields(depth + 1);
    }
    expect("}");
    return field;
  }

  std::vector<SchemaField> fields(unsigned depth) {
    if (depth > kMaxSchemaDepth) {  // before the stack is used up
      refuse("its structs are nested more than " + std::to_string(kMaxSchemaDepth) + " deep.");
    }
    std::vector<SchemaField> fields;
    expect("[");
    do {
      fields.push_back(field(depth));
    } while (accept(","));
    expect("]");
    return fields;
  }

  std::string_view rest_;
  std::size_t size_;
};

// ---------------------------------------------------------------------------------------------- differences

/// `i16[4] at 8 in m/s`
std::string describe(const SchemaField& field) {
  std::string text = to_string(field);
  if (field.count) {
    text.append("[").append(std::to_string(*field.count)).append("]");
  }
  text.append(" at ").append(std::to_string(field.offset));
  if (!field.unit.empty()) {
    text.append(" in ").append(field.unit);
  }
  return text;
}

class Comparison {
 public:
  std::vector<SchemaDifference> of(const Schema& block, const Schema& asked) {
    compare("name", block.name, asked.name, false);
    compare("version", to_string(block.version), to_string(asked.version),
            block.version.major == asked.version.major);
    structs("", block.size, block.align, block.fields, asked.size, asked.align, asked.fields);
    return std::move(found_);
  }

 private:
  void add(const std::string& what, const std::string& difference, bool is_compatible) {
    found_.push_back({what + ": " + difference, is_compatible});
  }
  void compare(const std::string& what, const std::string& is, const std::string& asked, bool is_compatible) {
    if (is != asked) {
      add(what, "is " + is + ", asked for " + asked, is_compatible);
    }
  }

  /// `prefix`: of the paths of the fields; empty: the record itself.
  void structs(const std::string& prefix, std::uint64_t size, std::uint64_t align,
               const std::vector<SchemaField>& fields, std::uint64_t asked_size, std::uint64_t asked_align,
               const std::vector<SchemaField>& asked_fields) {
    const std::string of = prefix.empty() ? "" : " of " + prefix.substr(0, prefix.size() - 1);
    // The record may have grown at its end. One within it may not: what follows it would have moved.
    compare("size" + of, std::to_string(size), std::to_string(asked_size),
            prefix.empty() && size > asked_size);
    compare("alignment" + of, std::to_string(align), std::to_string(asked_align), align > asked_align);
    for (const SchemaField& field : fields) {
      const SchemaField* wanted = find(asked_fields, field.name);
      const std::string what = "field " + prefix + field.name;
      if (wanted == nullptr) {
        add(what, "is " + describe(field) + ", not asked for", true);
        continue;
      }
      compare(what, describe(field), describe(*wanted), false);
      if (field.type == FieldType::record && wanted->type == FieldType::record) {
        structs(prefix + field.name + ".", field.width, field.align, field.fields, wanted->width,
                wanted->align, wanted->fields);
      }
    }
    for (const SchemaField& wanted : asked_fields) {
      if (find(fields, wanted.name) == nullptr) {
        add("field " + prefix + wanted.name, "is not there, asked for " + describe(wanted), false);
      }
    }
  }

  static const SchemaField* find(const std::vector<SchemaField>& fields, std::string_view name) {
    const auto found = std::find_if(fields.begin(), fields.end(),
                                    [name](const SchemaField& field) { return field.name == name; });
    return found == fields.end() ? nullptr : &*found;
  }

  std::vector<SchemaDifference> found_;
};

/// The first few, as part of a sentence.
std::string some_of(const std::vector<std::string>& differences) {
  constexpr std::size_t kShown = 4;
  std::string text;
  for (std::size_t i = 0; i < std::min(kShown, differences.size()); ++i) {
    text += (i == 0 ? "" : "; ") + differences[i];
  }
  if (differences.size() > kShown) {
    text += "; and " + std::to_string(differences.size() - kShown) + " more";
  }
  return text + ".";
}

std::string identity_of(const Schema& schema, std::string_view text) {
  return schema.name + " " + to_string(schema.version) + " (" + short_schema_id(schema_hash(text)) + ")";
}

}  // namespace

Schema parse_schema(std::string_view text) {
  if (text.size() > kMaxSchemaText) {
    refuse("its text is longer than " + std::to_string(kMaxSchemaText) + " bytes.");
  }
  Schema schema = Reader(text).schema();
  Rules::check(schema);
  return schema;
}

std::string canonical_text(const Schema& schema) {
  Rules::check(schema);
  std::string text = Writer::text_of(schema);
  if (text.size() > kMaxSchemaText) {
    refuse("its text is longer than " + std::to_string(kMaxSchemaText) + " bytes.");
  }
  return text;
}

SchemaHash schema_hash(std::string_view canonical_text) {
  SchemaHash hash{};
  crypto_generichash(hash.data(), hash.size(), reinterpret_cast<const unsigned char*>(canonical_text.data()),
                     canonical_text.size(), nullptr, 0);
  return hash;
}

std::string short_schema_id(const SchemaHash& hash) {
  return to_hex(std::span(hash).first(16));
}

std::string to_string(const SchemaVersion& version) {
  return std::to_string(version.major) + "." + std::to_string(version.minor) + "." +
         std::to_string(version.patch);
}

std::string to_string(const SchemaField& field) {
  const TypeName& row = name_of(field.type);
  std::string text(row.name);
  if (field.type == FieldType::chars || field.type == FieldType::bytes) {
    text.append("[").append(std::to_string(field.width)).append("]");
  }
  return text;
}

std::vector<SchemaDifference> schema_differences(const Schema& block, const Schema& asked) {
  return Comparison().of(block, asked);
}

SchemaValidationError::SchemaValidationError(Status status, const std::string& detail,
                                             std::vector<std::string> differences)
    : Error(status, detail), differences_(std::move(differences)) {}

void require_schema(std::string_view block, std::string_view asked, SchemaMatch match) {
  if (asked.empty() || asked == block) {
    return;
  }
  const Schema wanted = parse_schema(asked);
  if (block.empty()) {
    throw SchemaValidationError(Status::NO_SCHEMA, "Asked for was " + identity_of(wanted, asked) + ".");
  }
  const Schema schema = parse_schema(block);
  std::vector<std::string> lines;
  bool is_compatible = true;
  for (const SchemaDifference& difference : schema_differences(schema, wanted)) {
    lines.push_back(difference.text);
    is_compatible &= difference.is_compatible;
  }
  if (match == SchemaMatch::compatible && is_compatible) {
    return;
  }
  const std::string hint =
      is_compatible ? " A reader of compatible schemas could attach: only fields were added." : "";
  throw SchemaValidationError(Status::SCHEMA_MISMATCH, some_of(lines) + hint, lines);
}

}  // namespace datablock
