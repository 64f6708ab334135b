// Secrets as JavaScript has them: opaque objects, whose bytes never come into its heap unless they came from
// there.
#include "addon/conversions.hpp"
#include "addon/errors.hpp"
#include "addon/objects.hpp"
#include "core/secret.hpp"

namespace datablock::addon {
namespace {

constexpr napi_type_tag kSecretTag = {0x6b1f0c2e9a7d4853, 0x8e21d5f4b09c7a36};

/// Wraps `secret`; null stands for null.
Napi::Value secret_object(Napi::Env env, const Secret& secret) {
  if (!secret) {
    return env.Null();
  }
  Napi::Object object = Napi::Object::New(env);
  auto* held = new Secret(secret);
  napi_type_tag_object(env, object, &kSecretTag);
  napi_wrap(
      env, object, held, [](napi_env, void* data, void*) { delete static_cast<Secret*>(data); }, nullptr,
      nullptr);
  return object;
}

}  // namespace

Secret secret_of(const Napi::Object& options) {
  const Napi::Value value = options.Get("secret");
  if (value.IsUndefined() || value.IsNull()) {
    return nullptr;
  }
  bool is_secret = false;
  void* held = nullptr;
  if (!value.IsObject() ||
      napi_check_object_type_tag(value.Env(), value, &kSecretTag, &is_secret) != napi_ok || !is_secret ||
      napi_unwrap(value.Env(), value, &held) != napi_ok) {
    throw Error(Status::CONFIG_INVALID, "secret must be a Secret.");
  }
  const Secret& secret = *static_cast<Secret*>(held);
  if (!secret) {
    throw Error(Status::CLOSED, "(the secret)");
  }
  return secret;
}

/// (path), (descriptor), (bytes), or (): the environment's, null without one.
Napi::Value make_secret(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&]() -> Napi::Value {
    const Napi::Value from = info[0];
    if (from.IsString()) {
      return secret_object(info.Env(), secret_from_file(from.As<Napi::String>()));
    }
    if (from.IsNumber()) {
      return secret_object(info.Env(), secret_from_descriptor(from.As<Napi::Number>()));
    }
    if (from.IsTypedArray()) {
      const auto bytes = from.As<Napi::Uint8Array>();
      if (bytes.ByteLength() != kSecretSize) {
        throw Error(Status::SECRET_UNUSABLE,
                    "It has " + std::to_string(bytes.ByteLength()) + " bytes, not 32.");
      }
      return secret_object(info.Env(), secret_from_bytes(SecretBytes::View(bytes.Data(), kSecretSize)));
    }
    return secret_object(info.Env(), secret_from_environment());
  });
}

/// Lets the secret go: it is wiped when the last handle that uses it is closed.
Napi::Value close_secret(const Napi::CallbackInfo& info) {
  return guarded(info.Env(), [&] {
    void* held = nullptr;
    bool is_secret = false;
    if (info[0].IsObject() &&
        napi_check_object_type_tag(info.Env(), info[0], &kSecretTag, &is_secret) == napi_ok && is_secret &&
        napi_unwrap(info.Env(), info[0], &held) == napi_ok) {
      static_cast<Secret*>(held)->reset();
    }
    return info.Env().Undefined();
  });
}

}  // namespace datablock::addon
