// JavaScript values to the core's options and back. src/api validates first; here wrong types are refused,
// not repaired.
#pragma once

#include <napi.h>

#include <cstdint>
#include <string>

#include "core/consumer.hpp"
#include "core/geometry.hpp"
#include "core/producer.hpp"
#include "core/segment.hpp"

namespace datablock::addon {

inline Napi::BigInt big(Napi::Env env, std::uint64_t value) {
  return Napi::BigInt::New(env, value);
}
inline Napi::BigInt big(Napi::Env env, std::int64_t value) {
  return Napi::BigInt::New(env, value);
}
std::uint64_t unsigned_of(const Napi::Value& value, const char* what);

std::string string_argument(const Napi::CallbackInfo& info, std::size_t index, const char* what);
Napi::Object object_argument(const Napi::CallbackInfo& info, std::size_t index);
std::string directory_of(const Napi::Object& options);

/// `options.secret`; null without one. Throws Error(CONFIG_INVALID), Error(CLOSED).
Secret secret_of(const Napi::Object& options);

BlockConfig to_block_config(const Napi::Object& config);
JoinOptions to_join_options(const Napi::Object& options);
ProducerOptions to_producer_options(const Napi::Object& options);
ConsumerOptions to_consumer_options(const Napi::Object& options);

Napi::Object segment_info(Napi::Env env, const SegmentFile& file);

}  // namespace datablock::addon
