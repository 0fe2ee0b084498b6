"""What a display of the progress has to offer."""


class Quiet:
    """A progress display that shows nothing; the methods are what a display has to offer."""

    def preparing(self):
        """The network is being put together."""

    def compiled(self, seconds, cached):
        """It is ready: compiled in so many seconds, or found."""

    def start(self, recipe, folder, passes, done=0):
        """These passes (list of `schedule.Pass`) make the run; of them, so many blocks in all are done already."""

    def block(self, now, block, minibatches, seconds, loss=None, error=None):
        """Block number ``block`` of the pass ``now`` is done; a forward pass has a loss, for labels an error too."""

    def slept(self, now, row):
        """The sleep pass ``now`` is done."""

    def epoch(self, row):
        """An epoch is done."""

    def note(self, text):
        """A remark."""

    def finish(self, folder, row):
        """The run is done; ``row`` is its last epoch's."""
