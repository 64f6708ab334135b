#include "c_abi/conversions.hpp"

#include <algorithm>

#include "c_abi/result.hpp"

namespace datablock::c_abi {
namespace {

template <class CStruct, class Options>
void take_join_options(const CStruct& known, Options& options) {
  options.dir = text_or_empty(known.dir);
  options.name = text_or_empty(known.label);
  options.note = text_or_empty(known.note);
  options.wait =
      to_choice<WaitStrategy, 1>(known.wait, WaitStrategy::adaptive, DATABLOCK_WAIT_BLOCK, "wait strategy");
  options.secret = secret_of(known.secret);
  options.populate = known.populate != 0;
  options.watch_name = known.watch_name != 0;
}

std::vector<ZoneConfig> to_zones(const datablock_config& known) {
  std::vector<ZoneConfig> zones;
  if (known.zone_count == 0) {
    return zones;
  }
  if (known.zone_count > kMaxZones) {
    throw Error(Status::CONFIG_INVALID, "A block has at most " + std::to_string(kMaxZones) + " zones.");
  }
  const auto& first = required(known.zones, "zones");
  check_size(first, "zones");
  const auto* bytes = reinterpret_cast<const unsigned char*>(known.zones);
  for (std::uint64_t i = 0; i < known.zone_count; ++i) {
    const auto& element = *reinterpret_cast<const datablock_zone_config*>(bytes + i * first.struct_size);
    const auto zone = read_struct(element, "zones");
    zones.push_back({text_or_empty(zone.name), zone.bytes});
  }
  return zones;
}

}  // namespace

BlockConfig to_block_config(const datablock_config* given) {
  const datablock_config known = read_struct(required(given, "config"), "config");
  BlockConfig config;
  config.slot_count = known.slot_count;
  config.slot_size = known.slot_size;
  config.producer_mode = to_choice<ProducerMode, 0>(known.producer_mode, config.producer_mode,
                                                    DATABLOCK_PRODUCERS_MULTI, "producer mode");
  config.max_participants = known.max_participants == 0 ? kMaxParticipants : known.max_participants;
  if (known.max_sync < -1) {
    refuse("max_sync is below -1.");
  }
  if (known.max_sync != 0) {
    config.max_sync = known.max_sync < 0 ? 0 : static_cast<std::uint32_t>(known.max_sync);
  }
  config.checksum_algorithm =
      to_choice<ChecksumAlgorithm, 0>(known.checksum_algorithm, ChecksumAlgorithm::none,
                                      DATABLOCK_CHECKSUM_BLAKE2B_KEYED, "checksum algorithm");
  if (known.checksum_policy > DATABLOCK_POLICY_MANUAL) {
    refuse(std::to_string(known.checksum_policy) + " is no checksum policy.");
  }
  config.checksum_policy =
      known.checksum_policy == DATABLOCK_POLICY_MANUAL ? ChecksumPolicy::manual : ChecksumPolicy::enforced;
  config.overflow_policy = to_choice<OverflowPolicy, 1>(known.overflow_policy, OverflowPolicy::wait,
                                                        DATABLOCK_OVERFLOW_FAIL, "overflow policy");
  if (known.fences != 0) {
    config.fences =
        to_choice<Fences, 1>(known.fences, Fences::real, DATABLOCK_FENCES_ASYMMETRIC, "kind of fences");
  }
  config.self_heal = to_bool(known.self_heal, config.self_heal, "self_heal");
  config.heal_after_ms = known.heal_after_ms == 0 ? config.heal_after_ms : known.heal_after_ms;
  config.timestamps = to_bool(known.timestamps, config.timestamps, "timestamps");
  config.zones = to_zones(known);
  config.schema = text_or_empty(known.schema);
  config.secret = secret_of(known.secret);
  config.mode = known.file_mode == 0 ? config.mode : known.file_mode;
  if (known.set_group != 0) {
    config.gid = known.group;
  }
  return config;
}

datablock_segment_info to_info(const Header& header) {
  datablock_segment_info info{};
  info.layout_version = header.layout_version;
  std::copy(header.instance.begin(), header.instance.end(), info.instance);
  info.total_size = header.total_size;
  info.slot_count = header.slot_count;
  info.slot_size = header.slot_size;
  info.stride = header.stride;
  info.producer_mode = static_cast<std::uint32_t>(header.producer_mode);
  info.max_participants = header.max_participants;
  info.max_sync = header.max_sync;
  info.checksum_algorithm = static_cast<std::uint32_t>(header.checksum_algorithm);
  info.checksum_policy =
      header.checksum_policy == ChecksumPolicy::manual ? DATABLOCK_POLICY_MANUAL : DATABLOCK_POLICY_ENFORCED;
  info.overflow_policy = static_cast<std::uint32_t>(header.overflow_policy) + 1;
  info.fences = static_cast<std::uint32_t>(header.fences) + 1;
  info.self_heal = to_switch(header.self_heal != 0);
  info.heal_after_ms = header.heal_after_ms;
  info.timestamps = to_switch(header.timestamps != 0);
  info.zone_count = header.zone_count;
  info.has_secret = header.has_secret;
  info.creator_pid = header.creator.pid;
  info.created_ns = header.created_ns;
  std::copy(header.creator_version.begin(), header.creator_version.end(), info.creator_version);
  info.creator_version[sizeof info.creator_version - 1] = '\0';
  return info;
}

ProducerOptions to_producer_options(const datablock_producer_options* given) {
  ProducerOptions options;
  if (given != nullptr) {
    const auto known = read_struct(*given, "options");
    take_join_options(known, options);
    options.schema = text_or_empty(known.schema);
    options.standby_ms = known.standby_ms;
    options.seal_all = known.seal_all != 0;
  }
  return options;
}

ConsumerOptions to_consumer_options(const datablock_consumer_options* given) {
  ConsumerOptions options;
  if (given != nullptr) {
    const auto known = read_struct(*given, "options");
    take_join_options(known, options);
    options.schema = text_or_empty(known.schema);
    options.mode =
        to_choice<ConsumerMode, -2>(known.mode, ConsumerMode::sync, DATABLOCK_MODE_LATEST, "consumer mode");
    options.from =
        to_choice<StartFrom, 1>(known.from, StartFrom::latest, DATABLOCK_FROM_OLDEST, "place to start from");
    options.on_corrupt = to_choice<OnCorrupt, 1>(known.on_corrupt, OnCorrupt::report,
                                                 DATABLOCK_ON_CORRUPT_SKIP, "answer to corruption");
    options.schema_match = to_choice<SchemaMatch, 1>(known.schema_match, SchemaMatch::exact,
                                                     DATABLOCK_SCHEMA_COMPATIBLE, "match of schemas");
  }
  return options;
}

JoinOptions to_zone_user_options(const datablock_zone_user_options* given) {
  JoinOptions options;
  if (given != nullptr) {
    take_join_options(read_struct(*given, "options"), options);
  }
  return options;
}

datablock_zone to_c_zone(const Zone& zone) {
  datablock_zone out{};
  out.index = static_cast<std::uint32_t>(zone.index());
  out.data = zone.bytes().data();
  out.size = zone.bytes().size();
  zone.name().copy(out.name, sizeof out.name - 1);
  return out;
}

Status to_status(ChecksumVerdict verdict) {
  switch (verdict) {
    case ChecksumVerdict::matches:
      return Status::OK;
    case ChecksumVerdict::differs:
      return Status::CHECKSUM_MISMATCH;
    case ChecksumVerdict::unverifiable:
      return Status::SECRET_NEEDED;
    case ChecksumVerdict::absent:
      break;
  }
  return Status::NOTHING_TO_DO;
}

RecoveryScope to_scope(std::uint32_t number) {
  return to_choice<RecoveryScope, 0>(number, RecoveryScope::all, DATABLOCK_RECOVER_ENTRIES, "recovery scope");
}

datablock_recovery_action to_action(const PlannedAction& action, Status result) {
  datablock_recovery_action out{};
  out.kind = static_cast<std::uint32_t>(action.kind);
  out.participant = action.participant;
  out.loses = action.loses;
  out.generation = action.generation;
  out.slot = to_c_slot(action.slot);
  out.seq = action.seq;
  out.before = action.before;
  out.after = action.after;
  out.result = to_result(result);
  return out;
}

namespace {

/// Kinds that plans are made of; the others are only told of by the flight recorder.
bool is_planned(std::uint32_t kind) {
  return kind <= DATABLOCK_ACTION_FREE_PARTICIPANT || kind == DATABLOCK_ACTION_RELEASE_SPINLOCK;
}

}  // namespace

PlannedAction to_planned_action(const datablock_recovery_action& action) {
  if (!is_planned(action.kind) || action.participant > kMaxParticipants ||
      (action.slot != DATABLOCK_NONE && action.slot >= RecorderFacts::kNoSlot)) {
    refuse("That is no action of a plan.");
  }
  return {.kind = static_cast<RecorderAction>(action.kind),
          .participant = static_cast<std::uint8_t>(action.participant),
          .generation = action.generation,
          .slot = static_cast<std::uint32_t>(action.slot),
          .seq = action.seq,
          .before = action.before,
          .after = action.after,
          .loses = action.loses};
}

}  // namespace datablock::c_abi
