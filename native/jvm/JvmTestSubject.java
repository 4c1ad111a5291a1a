/** What the test of the bridge calls. */
public final class JvmTestSubject {
    private JvmTestSubject() {}

    static int answer() {
        return 42;
    }

    static void fail() {
        throw new IllegalStateException("outer", new IllegalArgumentException("inner ü"));
    }

    static void failInCircles() {
        Exception a = new Exception("a");
        Exception b = new Exception("b", a);
        a.initCause(b);
        throw new IllegalStateException("circle", a);
    }

    static void failUndescribably() {
        throw new RuntimeException() {
            @Override
            public String toString() {
                throw new IllegalStateException("in toString");
            }
        };
    }

    static boolean daemon() {
        return Thread.currentThread().isDaemon();
    }

    static void exhaustHeap() {
        long[][] all = new long[1 << 20][];
        for (int i = 0; ; i++) {
            all[i] = new long[1 << 16];
        }
    }
}
