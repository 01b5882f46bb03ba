/* The container that holds a pod's network namespace: it waits, buries orphaned processes of the pod, and goes when told to. */
#include <signal.h>
#include <stddef.h>
#include <sys/wait.h>

int main(void) {
    sigset_t heard;
    int signal;

    sigfillset(&heard);
    sigprocmask(SIG_BLOCK, &heard, NULL);
    for (;;) {
        if (sigwait(&heard, &signal) != 0)
            return 1;
        if (signal == SIGCHLD)
            while (waitpid(-1, NULL, WNOHANG) > 0)
                continue;
        else if (signal == SIGTERM || signal == SIGINT)
            return 0;
    }
}
