#include "core/geometry.hpp"

#include <algorithm>
#include <cstring>
#include <set>

#include "core/checksum.hpp"
#include "core/secret.hpp"
#include "core/status.hpp"

namespace datablock {
namespace {

/// Unsigned arithmetic that remembers an overflow.
class Checked {
 public:
  explicit Checked(std::uint64_t value) : value_(value) {}

  Checked& add(std::uint64_t by) {
    overflow_ |= __builtin_add_overflow(value_, by, &value_);
    return *this;
  }
  Checked& multiply(std::uint64_t by) {
    overflow_ |= __builtin_mul_overflow(value_, by, &value_);
    return *this;
  }
  Checked& align(std::uint64_t to) {
    add(to - 1);
    value_ -= value_ % to;
    return *this;
  }
  bool fits() const { return !overflow_ && value_ <= kLargest; }
  std::uint64_t value() const { return value_; }

 private:
  static constexpr std::uint64_t kLargest = std::uint64_t{1} << 62;  // off_t, and below the lock bytes

  std::uint64_t value_;
  bool overflow_ = false;
};

[[noreturn]] void refuse(const std::string& detail) {
  throw Error(Status::CONFIG_INVALID, detail);
}

void require_between(const char* option, std::uint64_t value, std::uint64_t least, std::uint64_t most) {
  if (value < least || value > most) {
    refuse(std::string(option) + " is " + std::to_string(value) + ", but must be " + std::to_string(least) +
           " to " + std::to_string(most) + ".");
  }
}

void check_config(const BlockConfig& config) {
  require_between("slots", config.slot_count, 1, kMaxSlots);
  require_between("slot size", config.slot_size, 1, std::uint64_t{1} << 40);
  require_between("max participants", config.max_participants, 1, kMaxParticipants);
  require_between("max sync", config.max_sync.value_or(0), 0, config.max_participants);
  require_between("heal after (ms)", config.heal_after_ms, 1, 3'600'000);
  require_between("zones", config.zones.size(), 0, kMaxZones);
  if ((config.mode & ~0777U) != 0 || (config.mode & 0600U) != 0600U) {
    refuse("mode must be file permission bits that let the owner read and write, like 0600 or 0660.");
  }
  std::set<std::string> names;
  for (const ZoneConfig& zone : config.zones) {
    if (zone.name.empty() || zone.name.size() >= sizeof(ZoneEntry::name) ||
        zone.name.find('\0') != std::string::npos) {
      refuse("a zone's name is 1 to 47 bytes long.");
    }
    if (zone.size == 0) {
      refuse("zone " + zone.name + " has no size.");
    }
    if (!names.insert(zone.name).second) {
      refuse("zone " + zone.name + " is named twice.");
    }
  }
}

/// Places one section after the other.
class Layouter {
 public:
  explicit Layouter(Header& header) : header_(header) {}

  void place(SectionId id, Checked size, std::uint64_t alignment) {
    end_.align(alignment);
    header_.sections[static_cast<std::size_t>(id)] = {end_.value(), size.value()};
    fits_ &= size.fits() && end_.fits();
    end_.add(size.value());
    fits_ &= end_.fits();
  }
  bool fits() const { return fits_; }
  std::uint64_t end() const { return end_.value(); }

 private:
  Header& header_;
  Checked end_{0};
  bool fits_ = true;
};

constexpr std::uint64_t kZonePage = 4096;

/// Sections of a block with the sizes that `header` names. False when something does not fit 62 bits.
bool place_sections(Header& header, const ZoneTable& zones) {
  Layouter layouter(header);
  const std::uint64_t n = header.slot_count;
  const std::uint64_t checksum_size =
      header.checksum_algorithm == ChecksumAlgorithm::none ? 0 : sizeof(SlotChecksum<PlainEnv>);
  Checked zone_bytes(0);
  for (std::size_t i = 0; i < std::min<std::size_t>(header.zone_count, zones.size()); ++i) {
    zone_bytes.add(zones[i].size).align(kZonePage);
  }
  layouter.place(SectionId::header, Checked(kHeaderSize), 1);
  layouter.place(SectionId::zone_table, Checked(kMaxZones * sizeof(ZoneEntry)), 1);
  layouter.place(SectionId::schema, Checked(header.schema_length), 1);
  layouter.place(SectionId::control, Checked(sizeof(Control<PlainEnv>)), kGroupAlignment);
  layouter.place(SectionId::metrics, Checked(sizeof(Metrics<PlainEnv>)), kFalseSharingRange);
  layouter.place(SectionId::spinlocks, Checked(kSpinlocks * sizeof(Spinlock<PlainEnv>)), kFalseSharingRange);
  layouter.place(SectionId::participants,
                 Checked(header.max_participants).multiply(sizeof(Participant<PlainEnv>)),
                 kFalseSharingRange);
  layouter.place(SectionId::recorder, Checked(kRecorderEntries * sizeof(RecorderEntry<PlainEnv>)),
                 kFalseSharingRange);
  layouter.place(SectionId::zone_checksums,
                 Checked(header.zone_count).multiply(sizeof(ZoneChecksum<PlainEnv>)), kFalseSharingRange);
  layouter.place(SectionId::waiters, Checked(n).multiply(sizeof(std::uint32_t)), kFalseSharingRange);
  layouter.place(SectionId::states, Checked(n).multiply(sizeof(SlotState<PlainEnv>)), kGroupAlignment);
  layouter.place(SectionId::checksums, Checked(n).multiply(checksum_size), kFalseSharingRange);
  layouter.place(SectionId::zones, zone_bytes, kGroupAlignment);
  layouter.place(SectionId::payload, Checked(n).multiply(header.stride), kGroupAlignment);
  header.total_size = Checked(layouter.end()).align(kGroupAlignment).value();
  return layouter.fits();
}

std::string describe(const Header& header) {
  return "(layout version " + std::to_string(header.layout_version) + ", made by " +
         std::string(header.creator_version.data(),
                     strnlen(header.creator_version.data(), header.creator_version.size())) +
         ", this is version " + std::to_string(kLayoutVersion) + ")";
}

template <class T>
bool is_one_of(T value, std::initializer_list<T> allowed) {
  return std::find(allowed.begin(), allowed.end(), value) != allowed.end();
}

/// Says in the header what the schema with this text is.
void record_schema(Header& header, const Schema& schema, std::string_view text) {
  header.schema_length = static_cast<std::uint32_t>(text.size());
  schema.name.copy(header.schema_name.data(), header.schema_name.size() - 1);
  header.schema_version = {schema.version.major, schema.version.minor, schema.version.patch};
  header.schema_hash = schema_hash(text);
}

/// `SensorData 1.0.0`, or `none`.
std::string describe_schema(std::string_view text) {
  if (text.empty()) {
    return "none";
  }
  const Schema schema = parse_schema(text);
  return schema.name + " " + to_string(schema.version);
}

/// Why the header and the text of its schema do not belong together; empty when they do.
std::string schema_contradiction(const Header& header, std::string_view text) {
  if (text.size() != header.schema_length) {
    return "Its schema is longer than there is room for.";
  }
  Header expected{};
  if (!text.empty()) {
    try {
      const Schema schema = parse_schema(text);
      if (schema.size > header.slot_size || header.stride % schema.align != 0) {
        return "Its slots are too small for its schema, or not aligned for it.";
      }
      record_schema(expected, schema, text);
    } catch (const Error& error) {
      return std::string("Its schema is none. ") + error.what();
    }
  }
  const bool agrees = header.schema_name == expected.schema_name &&
                      header.schema_version == expected.schema_version &&
                      header.schema_hash == expected.schema_hash;
  return agrees ? "" : "Name, version or hash of its schema are not those of the schema's text.";
}

}  // namespace

Header plan_layout(const BlockConfig& config, ZoneTable& zones) {
  check_config(config);
  Header header{};
  header.magic = kMagic;
  header.layout_version = kLayoutVersion;
  header.min_reader_version = kMinReaderVersion;
  header.fingerprint = layout_fingerprint();
  header.slot_count = config.slot_count;
  header.slot_size = config.slot_size;
  std::uint64_t slot_align = kCacheLine;
  if (!config.schema.empty()) {
    const Schema schema = parse_schema(config.schema);
    if (schema.size > config.slot_size) {
      refuse("slot size is " + std::to_string(config.slot_size) + ", but a " + schema.name + " has " +
             std::to_string(schema.size) + " bytes.");
    }
    record_schema(header, schema, config.schema);
    slot_align = std::max(slot_align, schema.align);
  }
  header.stride = Checked(config.slot_size).align(slot_align).value();
  header.max_participants = config.max_participants;
  header.max_sync = config.max_sync.value_or(config.max_participants);
  header.heal_after_ms = config.heal_after_ms;
  header.zone_count = static_cast<std::uint32_t>(config.zones.size());
  header.producer_mode = config.producer_mode;
  if (config.checksum_algorithm == ChecksumAlgorithm::blake2b_keyed && !config.secret) {
    throw Error(Status::SECRET_NEEDED, "Keyed checksums are made with one.");
  }
  header.checksum_algorithm = config.checksum_algorithm;
  header.checksum_policy = config.checksum_policy;
  header.overflow_policy = config.overflow_policy;
  header.fences = config.fences.value_or(Fences::real);
  header.has_secret = config.secret ? 1 : 0;
  header.self_heal = config.self_heal ? 1 : 0;
  header.timestamps = config.timestamps ? 1 : 0;

  zones.assign(kMaxZones, ZoneEntry{});
  for (std::size_t i = 0; i < config.zones.size(); ++i) {
    std::memcpy(zones[i].name.data(), config.zones[i].name.data(), config.zones[i].name.size());
    zones[i].size = config.zones[i].size;
  }
  if (!place_sections(header, zones)) {
    refuse("the block would be larger than a file can be.");
  }
  Checked offset(section(header, SectionId::zones).offset);
  for (std::size_t i = 0; i < config.zones.size(); ++i) {
    zones[i].offset = offset.value();
    offset.add(zones[i].size).align(kZonePage);
  }
  return header;
}

std::uint64_t header_digest(const Header& header, const ZoneTable& zones, std::string_view schema) {
  RangeDigest digest;
  digest.update(&header, offsetof(Header, digest));
  digest.update(zones.data(), zones.size() * sizeof(ZoneEntry));
  digest.update(schema.data(), schema.size());
  return digest.value();
}

void check_header(const Header& header, const ZoneTable& zones, std::string_view schema,
                  std::uint64_t file_size) {
  if (header.magic != kMagic) {
    throw Error(Status::NOT_A_BLOCK, "Its first bytes are not those of one.");
  }
  if (header.layout_version == 0 || header.min_reader_version == 0) {
    throw Error(Status::HEADER_CORRUPT, "Its layout version is 0.");
  }
  if (header.min_reader_version > kLayoutVersion) {
    throw Error(Status::FUTURE_VERSION, describe(header));
  }
  if (header.fingerprint != layout_fingerprint()) {
    throw Error(Status::LAYOUT_MISMATCH, "Its layout fingerprint differs. " + describe(header));
  }
  if (header.digest != header_digest(header, zones, schema)) {
    throw Error(Status::HEADER_CORRUPT);
  }

  const auto inconsistent = [](const std::string& what) { throw Error(Status::HEADER_INCONSISTENT, what); };
  if (header.slot_count < 1 || header.slot_count > kMaxSlots || header.slot_size < 1 ||
      header.slot_size > std::uint64_t{1} << 40 || header.stride < header.slot_size ||
      header.stride % kCacheLine != 0) {
    inconsistent("Slot count, size or stride is out of range.");
  }
  if (header.max_participants < 1 || header.max_participants > kMaxParticipants ||
      header.max_sync > header.max_participants || header.zone_count > kMaxZones) {
    inconsistent("The number of participants or zones is out of range.");
  }
  if (!is_one_of(header.producer_mode, {ProducerMode::single, ProducerMode::multi}) ||
      header.checksum_algorithm > ChecksumAlgorithm::blake2b_keyed || header.has_secret > 1 ||
      header.checksum_policy > ChecksumPolicy::enforced || header.overflow_policy > OverflowPolicy::fail ||
      header.fences > Fences::asymmetric) {
    inconsistent("A mode or policy is none that there is.");
  }
  if (header.checksum_algorithm == ChecksumAlgorithm::blake2b_keyed && header.has_secret == 0) {
    inconsistent("Its checksums are keyed, and it has no secret.");
  }
  if (const std::string contradiction = schema_contradiction(header, schema); !contradiction.empty()) {
    inconsistent(contradiction);
  }
  Header expected = header;
  if (!place_sections(expected, zones) || expected.total_size != header.total_size ||
      std::memcmp(expected.sections.data(), header.sections.data(), sizeof header.sections) != 0) {
    inconsistent("Its sections do not lie where its sizes put them.");
  }
  const Section& zone_space = section(header, SectionId::zones);
  for (std::size_t i = 0; i < header.zone_count; ++i) {
    if (zones[i].name.back() != '\0') {
      inconsistent("The name of a zone has no end.");
    }
    if (zones[i].offset < zone_space.offset || zones[i].size > zone_space.size ||
        zones[i].offset - zone_space.offset > zone_space.size - zones[i].size) {
      inconsistent("A zone lies outside the zones.");
    }
  }
  if (file_size < header.total_size) {
    throw Error(Status::TRUNCATED, "It has " + std::to_string(file_size) + " of " +
                                       std::to_string(header.total_size) + " bytes.");
  }
  if (file_size > header.total_size) {
    inconsistent("The file is longer than the block.");
  }
}

std::vector<std::string> differences(const Header& header, const ZoneTable& zones, std::string_view schema,
                                     const BlockConfig& wished) {
  std::vector<std::string> found;
  const auto compare = [&](const char* field, const std::string& is, const std::string& asked) {
    if (is != asked) {
      found.push_back(std::string(field) + ": is " + is + ", asked for " + asked);
    }
  };
  const auto number = [](auto value) { return std::to_string(value); };
  compare("slots", number(header.slot_count), number(wished.slot_count));
  compare("slot size", number(header.slot_size), number(wished.slot_size));
  compare("producers", to_string(header.producer_mode), to_string(wished.producer_mode));
  compare("max participants", number(header.max_participants), number(wished.max_participants));
  compare("max sync", number(header.max_sync), number(wished.max_sync.value_or(wished.max_participants)));
  compare("checksum", to_string(header.checksum_algorithm), to_string(wished.checksum_algorithm));
  if (header.checksum_algorithm != ChecksumAlgorithm::none) {
    compare("checksum policy", to_string(header.checksum_policy), to_string(wished.checksum_policy));
  }
  compare("secret", header.has_secret ? "one" : "none", or_from_environment(wished.secret) ? "one" : "none");
  compare("overflow", to_string(header.overflow_policy), to_string(wished.overflow_policy));
  compare("self-heal", header.self_heal ? "on" : "off", wished.self_heal ? "on" : "off");
  compare("heal after (ms)", number(header.heal_after_ms), number(wished.heal_after_ms));
  if (wished.fences) {
    compare("fences", to_string(header.fences), to_string(*wished.fences));
  }
  compare("timestamps", header.timestamps ? "on" : "off", wished.timestamps ? "on" : "off");
  compare("zones", number(header.zone_count), number(wished.zones.size()));
  for (std::size_t i = 0; i < std::min<std::size_t>(header.zone_count, wished.zones.size()); ++i) {
    compare("zone", std::string(zones[i].name.data()) + ":" + number(zones[i].size),
            wished.zones[i].name + ":" + number(wished.zones[i].size));
  }
  if (schema.empty() || wished.schema.empty()) {
    compare("schema", describe_schema(schema), describe_schema(wished.schema));
  } else {
    for (const SchemaDifference& difference :
         schema_differences(parse_schema(schema), parse_schema(wished.schema))) {
      found.push_back("schema " + difference.text);
    }
  }
  return found;
}

const char* to_string(ProducerMode mode) {
  return mode == ProducerMode::multi ? "multi" : "single";
}

const char* to_string(ConsumerMode mode) {
  switch (mode) {
    case ConsumerMode::sync:
      return "sync";
    case ConsumerMode::sequential:
      return "sequential";
    case ConsumerMode::latest:
      return "latest";
  }
  return "unknown";
}

const char* to_string(ChecksumAlgorithm algorithm) {
  switch (algorithm) {
    case ChecksumAlgorithm::none:
      return "none";
    case ChecksumAlgorithm::xxh3:
      return "xxh3";
    case ChecksumAlgorithm::blake2b:
      return "blake2b";
    case ChecksumAlgorithm::blake2b_keyed:
      return "blake2b-keyed";
  }
  return "unknown";
}

const char* to_string(ChecksumPolicy policy) {
  return policy == ChecksumPolicy::manual ? "manual" : "enforced";
}
const char* to_string(OverflowPolicy policy) {
  return policy == OverflowPolicy::fail ? "fail" : "wait";
}
const char* to_string(Fences fences) {
  return fences == Fences::asymmetric ? "asymmetric" : "real";
}

}  // namespace datablock
