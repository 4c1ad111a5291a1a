#include "route.hpp"

#include "io_calicomesos_linux_NativeLibrary.h"
#include "java_text.hpp"
#include "linux_exception.hpp"

using namespace calicomesos::kernel;

namespace {

Result<Address> address_of(JNIEnv* env, jbyteArray bytes) {
  const std::string octets = to_string(env, bytes);
  return Address::from_bytes(reinterpret_cast<const uint8_t*>(octets.data()), octets.size());
}

// gateway and device may be null.
Result<Route> route_of(JNIEnv* env, jbyteArray destination, jint prefix, jboolean blackhole, jbyteArray gateway,
                       jstring device, jboolean onlink, jint protocol) {
  Result<Address> to = address_of(env, destination);
  if (!to.ok()) {
    return to.error();
  }
  Route route{to.value(),
              prefix,
              blackhole == JNI_TRUE,
              std::nullopt,
              device ? to_string(env, device) : "",
              onlink == JNI_TRUE,
              static_cast<uint8_t>(protocol)};
  if (gateway != nullptr) {
    Result<Address> via = address_of(env, gateway);
    if (!via.ok()) {
      return via.error();
    }
    route.gateway = via.value();
  }
  return route;
}

jbyteArray bytes_of(JNIEnv* env, const Address& address) {
  return to_bytes(env, std::string(reinterpret_cast<const char*>(address.bytes()), address.length()));
}

}  // namespace

JNIEXPORT void JNICALL Java_io_calicomesos_linux_NativeLibrary_replaceRoute(JNIEnv* env, jobject,
                                                                            jbyteArray destination, jint prefix,
                                                                            jboolean blackhole, jbyteArray gateway,
                                                                            jstring device, jboolean onlink,
                                                                            jint protocol) {
  native(env, 0, [&] {
    Result<Route> route = route_of(env, destination, prefix, blackhole, gateway, device, onlink, protocol);
    const Failure failure = route.ok() ? replace_route(route.value()) : Failure(route.error());
    if (failure) {
      raise(env, *failure);
    }
    return 0;
  });
}

JNIEXPORT jboolean JNICALL Java_io_calicomesos_linux_NativeLibrary_deleteRoute(JNIEnv* env, jobject,
                                                                               jbyteArray destination, jint prefix,
                                                                               jboolean blackhole, jbyteArray gateway,
                                                                               jstring device, jboolean onlink,
                                                                               jint protocol) {
  return native<jboolean>(env, JNI_FALSE, [&]() -> jboolean {
    Result<Route> route = route_of(env, destination, prefix, blackhole, gateway, device, onlink, protocol);
    Result<bool> removed = route.ok() ? delete_route(route.value()) : Result<bool>(route.error());
    if (!removed.ok()) {
      raise(env, removed.error());
      return JNI_FALSE;
    }
    return removed.value() ? JNI_TRUE : JNI_FALSE;
  });
}

JNIEXPORT jobjectArray JNICALL Java_io_calicomesos_linux_NativeLibrary_listRoutes(JNIEnv* env, jobject, jint protocol) {
  return native<jobjectArray>(env, nullptr, [&]() -> jobjectArray {
    Result<std::vector<Route>> routes = list_routes(static_cast<uint8_t>(protocol));
    if (!routes.ok()) {
      raise(env, routes.error());
      return nullptr;
    }
    const jclass type = env->FindClass("io/calicomesos/linux/Route");
    const jmethodID make = type ? env->GetStaticMethodID(type, "of",
                                                         "([BIZ[BLjava/lang/String;ZI)Lio/calicomesos/linux/Route;")
                                : nullptr;
    const jobjectArray result =
        make ? env->NewObjectArray(static_cast<jsize>(routes.value().size()), type, nullptr) : nullptr;
    if (result == nullptr) {
      return nullptr;  // a Java exception is pending
    }
    jsize i = 0;
    for (const Route& route : routes.value()) {
      // Four references a route: more than JNI keeps by itself, when there are many routes.
      if (env->PushLocalFrame(8) != 0) {
        return nullptr;
      }
      const jbyteArray destination = bytes_of(env, route.destination);
      const jbyteArray gateway = destination && route.gateway ? bytes_of(env, *route.gateway) : nullptr;
      const jstring device =
          destination && !route.device.empty() ? env->NewStringUTF(route.device.c_str()) : nullptr;
      const jobject object = env->ExceptionCheck()
                                 ? nullptr
                                 : env->CallStaticObjectMethod(type, make, destination, route.prefix,
                                                               static_cast<jboolean>(route.blackhole), gateway, device,
                                                               static_cast<jboolean>(route.onlink),
                                                               static_cast<jint>(route.protocol));
      if (env->ExceptionCheck()) {
        env->PopLocalFrame(nullptr);
        return nullptr;
      }
      env->SetObjectArrayElement(result, i++, object);
      env->PopLocalFrame(nullptr);
    }
    return result;
  });
}
