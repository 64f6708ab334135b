// What the handles of producers and consumers have in common. `Handle` has a `participant`.
#pragma once

#include <bit>

#include "c_abi/conversions.hpp"
#include "c_abi/result.hpp"

namespace datablock::c_abi {

/// Runs `body` on the participant of a handle.
template <class Handle, class Body>
datablock_result with_participant(const char* function, Handle* handle, Body&& body) noexcept {
  if (handle == nullptr) [[unlikely]] {
    return fail({function}, Status::INVALID_ARGUMENT);
  }
  return guarded({function, handle->participant.attachment().file().name.c_str()},
                 [&] { return body(handle->participant); });
}

template <class Handle>
datablock_result participant_info(const char* function, const Handle* handle,
                                  datablock_segment_info* info) noexcept {
  return with_participant(function, handle, [&](const auto& p) {
    write_out(info, "info", to_info(p.attachment().file().header));
  });
}

template <class Handle>
datablock_result participant_schema(const char* function, const Handle* handle, const char** text) noexcept {
  return with_participant(function, handle, [&](const auto& p) {
    required(text, "text") = p.attachment().file().schema.c_str();
  });
}

template <class Handle>
datablock_result participant_leave(const char* function, Handle* handle) noexcept {
  return with_participant(function, handle, [](auto& p) { p.close(); });
}

template <class Handle>
datablock_result participant_stats(const char* function, const Handle* handle,
                                   datablock_stats* stats) noexcept {
  return with_participant(function, handle, [&](const auto& p) {
    datablock_stats value{};
    value.participant = p.attachment().id();
    value.messages = p.messages();
    value.bytes = p.bytes();
    value.lost = p.lost();
    value.timeouts = p.timeouts();
    value.healed = p.healed();
    value.corrupt = p.corrupt();
    write_out(stats, "stats", value);
  });
}

template <class Handle>
datablock_result participant_heartbeat(const char* function, Handle* handle) noexcept {
  return with_participant(function, handle, [](auto& p) { return p.heartbeat(); });
}

template <class Handle>
datablock_result participant_check_in(const char* function, Handle* handle) noexcept {
  return with_participant(function, handle, [](auto& p) { return p.check_in(); });
}

}  // namespace datablock::c_abi
