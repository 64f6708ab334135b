#include "addon/conversions.hpp"

#include <sys/stat.h>

#include <array>
#include <cmath>
#include <cstring>
#include <utility>

#include "core/zone.hpp"
#include "platform/linux/process_facts.hpp"

namespace datablock::addon {
namespace {

[[noreturn]] void refuse(const std::string& what) {
  throw Error(Status::CONFIG_INVALID, what);
}

bool has(const Napi::Object& object, const char* key) {
  const Napi::Value value = object.Get(key);
  return !value.IsUndefined() && !value.IsNull();
}

std::uint64_t whole_number(const Napi::Object& object, const char* key) {
  const Napi::Value value = object.Get(key);
  const double number = value.IsNumber() ? value.As<Napi::Number>().DoubleValue() : -1;
  if (number < 0 || number > 9007199254740991.0 || number != std::floor(number)) {
    refuse(std::string(key) + " must be a whole number from 0 to 2^53 - 1.");
  }
  return static_cast<std::uint64_t>(number);
}

std::uint32_t small_number(const Napi::Object& object, const char* key) {
  const std::uint64_t number = whole_number(object, key);
  if (number > UINT32_MAX) {
    refuse(std::string(key) + " is too large.");
  }
  return static_cast<std::uint32_t>(number);
}

bool boolean(const Napi::Object& object, const char* key) {
  const Napi::Value value = object.Get(key);
  if (!value.IsBoolean()) {
    refuse(std::string(key) + " must be true or false.");
  }
  return value.As<Napi::Boolean>().Value();
}

std::string text(const Napi::Object& object, const char* key) {
  const Napi::Value value = object.Get(key);
  if (!value.IsString()) {
    refuse(std::string(key) + " must be a string.");
  }
  return value.As<Napi::String>().Utf8Value();
}

/// The value that the word `object[key]` stands for; `fallback` where it is not given.
template <class T, std::size_t kCount>
T word(const Napi::Object& object, const char* key, T fallback,
       const std::array<std::pair<const char*, T>, kCount>& words) {
  if (!has(object, key)) {
    return fallback;
  }
  const std::string given = text(object, key);
  std::string allowed;
  for (const auto& [name, value] : words) {
    if (given == name) {
      return value;
    }
    allowed += (allowed.empty() ? "" : ", ") + std::string(name);
  }
  refuse(std::string(key) + " is one of " + allowed + ", not " + given + ".");
}

template <class T, class... Names>
auto words(std::pair<const char*, T> first, Names... rest) {
  return std::array<std::pair<const char*, T>, 1 + sizeof...(rest)>{first, rest...};
}

/// The schema in the header, as SchemaInfo in src/native.ts has it; null: none.
Napi::Value schema_info(Napi::Env env, const SegmentFile& file) {
  if (file.schema.empty()) {
    return env.Null();
  }
  const Schema schema = parse_schema(file.schema);
  Napi::Object info = Napi::Object::New(env);
  info.Set("name", schema.name);
  info.Set("version", to_string(schema.version));
  info.Set("hash", to_hex(file.header.schema_hash));
  info.Set("id", short_schema_id(file.header.schema_hash));
  info.Set("text", file.schema);
  return info;
}

void fill_join_options(const Napi::Object& options, JoinOptions& join) {
  join.dir = directory_of(options);
  if (has(options, "name")) {
    join.name = text(options, "name");
  }
  if (has(options, "note")) {
    join.note = text(options, "note");
  }
  join.wait = word(options, "wait", WaitStrategy::adaptive,
                   words(std::pair{"spin", WaitStrategy::spin}, std::pair{"adaptive", WaitStrategy::adaptive},
                         std::pair{"block", WaitStrategy::block}));
  if (has(options, "populate")) {
    join.populate = boolean(options, "populate");
  }
  if (has(options, "watchName")) {
    join.watch_name = boolean(options, "watchName");
  }
  join.secret = secret_of(options);
  if (has(options, "schema")) {
    join.schema = text(options, "schema");
  }
}

Napi::Array zone_list(Napi::Env env, const SegmentFile& file) {
  Napi::Array zones = Napi::Array::New(env);
  for (std::uint32_t i = 0; i < file.header.zone_count; ++i) {
    const ZoneEntry& entry = file.zones[i];
    Napi::Object zone = Napi::Object::New(env);
    zone.Set("name", zone_name(entry));
    zone.Set("offset", static_cast<double>(entry.offset));
    zone.Set("size", static_cast<double>(entry.size));
    zones.Set(i, zone);
  }
  return zones;
}

}  // namespace

std::uint64_t unsigned_of(const Napi::Value& value, const char* what) {
  bool lossless = false;
  if (!value.IsBigInt()) {
    refuse(std::string(what) + " must be a bigint.");
  }
  const std::uint64_t number = value.As<Napi::BigInt>().Uint64Value(&lossless);
  if (!lossless) {
    refuse(std::string(what) + " does not fit 64 bits.");
  }
  return number;
}

std::string string_argument(const Napi::CallbackInfo& info, std::size_t index, const char* what) {
  if (!info[index].IsString()) {
    refuse(std::string(what) + " must be a string.");
  }
  return info[index].As<Napi::String>().Utf8Value();
}

Napi::Object object_argument(const Napi::CallbackInfo& info, std::size_t index) {
  if (!info[index].IsObject()) {
    refuse("options must be an object.");
  }
  return info[index].As<Napi::Object>();
}

std::string directory_of(const Napi::Object& options) {
  return has(options, "dir") ? text(options, "dir") : "";
}

BlockConfig to_block_config(const Napi::Object& config) {
  BlockConfig block;
  block.slot_count = whole_number(config, "slots");
  block.slot_size = whole_number(config, "slotSize");
  block.producer_mode =
      word(config, "producers", ProducerMode::single,
           words(std::pair{"single", ProducerMode::single}, std::pair{"multi", ProducerMode::multi}));
  if (has(config, "maxParticipants")) {
    block.max_participants = small_number(config, "maxParticipants");
  }
  if (has(config, "maxSync")) {
    block.max_sync = small_number(config, "maxSync");
  }
  block.checksum_algorithm =
      word(config, "checksum", ChecksumAlgorithm::none,
           words(std::pair{"none", ChecksumAlgorithm::none}, std::pair{"xxh3", ChecksumAlgorithm::xxh3},
                 std::pair{"blake2b", ChecksumAlgorithm::blake2b},
                 std::pair{"blake2b-keyed", ChecksumAlgorithm::blake2b_keyed}));
  block.secret = secret_of(config);
  block.checksum_policy = word(
      config, "checksumPolicy", ChecksumPolicy::enforced,
      words(std::pair{"manual", ChecksumPolicy::manual}, std::pair{"enforced", ChecksumPolicy::enforced}));
  block.overflow_policy =
      word(config, "overflow", OverflowPolicy::wait,
           words(std::pair{"wait", OverflowPolicy::wait}, std::pair{"fail", OverflowPolicy::fail}));
  if (has(config, "selfHeal")) {
    block.self_heal = boolean(config, "selfHeal");
  }
  if (has(config, "healAfterMs")) {
    block.heal_after_ms = small_number(config, "healAfterMs");
  }
  if (has(config, "fences")) {
    block.fences = word(config, "fences", Fences::real,
                        words(std::pair{"real", Fences::real}, std::pair{"asymmetric", Fences::asymmetric}));
  }
  if (has(config, "timestamps")) {
    block.timestamps = boolean(config, "timestamps");
  }
  if (has(config, "zones")) {
    const Napi::Array zones = config.Get("zones").As<Napi::Array>();
    for (std::uint32_t i = 0; i < zones.Length(); ++i) {
      const Napi::Object zone = zones.Get(i).As<Napi::Object>();
      block.zones.push_back({text(zone, "name"), whole_number(zone, "size")});
    }
  }
  if (has(config, "schema")) {
    block.schema = text(config, "schema");
  }
  if (has(config, "mode")) {
    block.mode = small_number(config, "mode");
  }
  if (has(config, "gid")) {
    block.gid = small_number(config, "gid");
  }
  return block;
}

JoinOptions to_join_options(const Napi::Object& options) {
  JoinOptions join;
  fill_join_options(options, join);
  return join;
}

ProducerOptions to_producer_options(const Napi::Object& options) {
  ProducerOptions producer;
  fill_join_options(options, producer);
  if (has(options, "sealAll")) {
    producer.seal_all = boolean(options, "sealAll");
  }
  if (has(options, "standbyMs")) {
    const Napi::Value value = options.Get("standbyMs");
    if (!value.IsNumber()) {
      refuse("standbyMs must be a number of milliseconds, or -1.");
    }
    producer.standby_ms = value.As<Napi::Number>().Int64Value();
  }
  return producer;
}

ConsumerOptions to_consumer_options(const Napi::Object& options) {
  ConsumerOptions consumer;
  fill_join_options(options, consumer);
  consumer.mode =
      word(options, "mode", ConsumerMode::sync,
           words(std::pair{"sync", ConsumerMode::sync}, std::pair{"sequential", ConsumerMode::sequential},
                 std::pair{"latest", ConsumerMode::latest}));
  consumer.schema_match =
      word(options, "schemaMatch", SchemaMatch::exact,
           words(std::pair{"exact", SchemaMatch::exact}, std::pair{"compatible", SchemaMatch::compatible}));
  consumer.on_corrupt =
      word(options, "onCorrupt", OnCorrupt::report,
           words(std::pair{"throw", OnCorrupt::report}, std::pair{"skip", OnCorrupt::skip}));
  consumer.from = word(options, "from", StartFrom::latest,
                       words(std::pair{"latest", StartFrom::latest}, std::pair{"oldest", StartFrom::oldest}));
  return consumer;
}

Napi::Object segment_info(Napi::Env env, const SegmentFile& file) {
  const Header& header = file.header;
  struct stat facts {};
  fstat(file.fd.get(), &facts);

  Napi::Object creator = Napi::Object::New(env);
  creator.Set("pid", header.creator.pid);
  creator.Set("uid", header.creator.uid);
  creator.Set("startTime", big(env, header.creator.start_time));
  creator.Set("pidNamespace", big(env, header.creator.pid_namespace));
  creator.Set("version", std::string(header.creator_version.data(),
                                     strnlen(header.creator_version.data(), header.creator_version.size())));

  Napi::Object info = Napi::Object::New(env);
  info.Set("name", file.name);
  info.Set("path", file.path);
  info.Set("instance", to_hex(header.instance));
  info.Set("layoutVersion", header.layout_version);
  info.Set("totalSize", static_cast<double>(header.total_size));
  info.Set("slots", static_cast<double>(header.slot_count));
  info.Set("slotSize", static_cast<double>(header.slot_size));
  info.Set("stride", static_cast<double>(header.stride));
  info.Set("maxParticipants", header.max_participants);
  info.Set("maxSync", header.max_sync);
  info.Set("producers", to_string(header.producer_mode));
  info.Set("checksum", to_string(header.checksum_algorithm));
  info.Set("checksumPolicy", to_string(header.checksum_policy));
  info.Set("secret", Napi::Boolean::New(env, header.has_secret != 0));
  info.Set("overflow", to_string(header.overflow_policy));
  info.Set("selfHeal", Napi::Boolean::New(env, header.self_heal != 0));
  info.Set("healAfterMs", header.heal_after_ms);
  info.Set("fences", to_string(header.fences));
  info.Set("timestamps", Napi::Boolean::New(env, header.timestamps != 0));
  info.Set("zones", zone_list(env, file));
  info.Set("schema", schema_info(env, file));
  info.Set("createdAt", big(env, header.created_ns));
  info.Set("creator", creator);
  info.Set("sameBoot", Napi::Boolean::New(env, may_be_this_boot(header.boot_id)));
  info.Set("uid", static_cast<double>(facts.st_uid));
  info.Set("gid", static_cast<double>(facts.st_gid));
  info.Set("mode", static_cast<double>(facts.st_mode & 07777));
  return info;
}

}  // namespace datablock::addon
