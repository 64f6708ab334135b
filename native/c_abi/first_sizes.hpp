// What the structs of the C interface were when they came into it.
#pragma once

#include <cstdint>

#include "datablock/datablock.h"

namespace datablock::c_abi {

/// Size that a struct had when it came into the interface: what is smaller was never set. Fields that are
/// added later do not change it.
template <class Struct>
extern const std::uint32_t kFirstSize;

template <>
inline constexpr std::uint32_t kFirstSize<datablock_zone_config> = 24;
template <>
inline constexpr std::uint32_t kFirstSize<datablock_config> = 88;
template <>
inline constexpr std::uint32_t kFirstSize<datablock_segment_info> = 144;
template <>
inline constexpr std::uint32_t kFirstSize<datablock_slot> = 40;
template <>
inline constexpr std::uint32_t kFirstSize<datablock_message> = 64;
template <>
inline constexpr std::uint32_t kFirstSize<datablock_producer_options> = 48;
template <>
inline constexpr std::uint32_t kFirstSize<datablock_stats> = 48;
template <>
inline constexpr std::uint32_t kFirstSize<datablock_consumer_options> = 48;
template <>
inline constexpr std::uint32_t kFirstSize<datablock_slot_state> = 72;
template <>
inline constexpr std::uint32_t kFirstSize<datablock_slot_diagnosis> = 88;
template <>
inline constexpr std::uint32_t kFirstSize<datablock_participant> = 256;
template <>
inline constexpr std::uint32_t kFirstSize<datablock_snapshot> = 160;
template <>
inline constexpr std::uint32_t kFirstSize<datablock_validation> = 48;
template <>
inline constexpr std::uint32_t kFirstSize<datablock_metrics> = 256;
template <>
inline constexpr std::uint32_t kFirstSize<datablock_history_entry> = 72;
template <>
inline constexpr std::uint32_t kFirstSize<datablock_recovery_action> = 64;
template <>
inline constexpr std::uint32_t kFirstSize<datablock_timeouts> = 56;
template <>
inline constexpr std::uint32_t kFirstSize<datablock_zone_user_options> = 40;
template <>
inline constexpr std::uint32_t kFirstSize<datablock_zone> = 72;
template <>
inline constexpr std::uint32_t kFirstSize<datablock_spinlock_diagnosis> = 40;

}  // namespace datablock::c_abi
